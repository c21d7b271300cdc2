import Foundation
import TestSupport
import Testing

/// A capture file made unreadable, and what metering it must give.
private struct BrokenFile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let status: Int32
    /// Flows of the part before the damage; `nil` where no table is to be made.
    let flows: Int?
    let words: [String]

    init(_ name: String, _ status: Int32, flows: Int?, _ words: String...) {
        (testDescription, self.status, self.flows, self.words) = (name, status, flows, words)
    }

    static let all = [
        BrokenFile("bad_magic.pcap", 1, flows: nil, "not a capture", "de ad be ef", "expected"),
        BrokenFile(
            "caplen_4GiB.pcap", 3, flows: 4, "damaged at octet 932", "4294967295 octets",
            "get a whole copy"),
        BrokenFile("caplen_zero.pcap", 0, flows: 33, "Malformed: short link header 1"),
        BrokenFile(
            "cut_in_packet_data.pcap", 3, flows: 7, "damaged at octet 1782", "get a whole copy"),
        BrokenFile(
            "cut_in_packet_header.pcap", 3, flows: 7, "damaged at octet 1782", "16 octets expected"),
        BrokenFile("empty.pcap", 1, flows: nil, "not a capture: it is empty", "expected"),
        BrokenFile("header_cut_23.pcap", 1, flows: nil, "24 octets expected, 23 there"),
        BrokenFile("header_only.pcap", 0, flows: 0, "0 packets, 0 flows"),
        BrokenFile("html_instead_of_pcap.pcap", 1, flows: nil, "not a capture", "3c 21 44 4f"),
        BrokenFile("only_magic.pcap", 1, flows: nil, "24 octets expected, 4 there"),
        BrokenFile("pcapng_block_len_zero.pcapng", 3, flows: 0, "octet 0: a block of 0 octets"),
        BrokenFile("pcapng_cut.pcapng", 3, flows: 1, "damaged at octet 1904", "get a whole copy"),
        BrokenFile("time_backwards.pcap", 0, flows: 25, "packets older than the one before 35"),
    ]
}

/// Runs the program as the user nobody, who may not capture.
private struct Nobody {
    static let skipped: Comment = "root may run the program as another user (setpriv)"
    private static let options = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]

    static func run(_ arguments: String...) throws -> Program.Outcome {
        try Program.Run(options + [Program.path] + arguments, executable: "/usr/bin/setpriv").wait()
    }

    static let isPossible: Bool = geteuid() == 0 && (try? run("--version"))?.status == 0
}

/// A file system in memory of a few octets.
private final class SmallDisk {
    let folder: TemporaryFolder

    static let isPossible: Bool = (try? SmallDisk(octets: 1 << 16)) != nil

    init(octets: Int) throws {
        folder = try TemporaryFolder()
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(octets)") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
    }

    deinit { umount2(folder.path, Int32(MNT_DETACH)) }
}

struct MeterBadInputTests {
    private let folder: TemporaryFolder
    private let traffic = SampleTraffic(conversations: 300)

    init() throws { folder = try TemporaryFolder() }

    private func meter(_ arguments: String...) throws -> Program.Outcome {
        try Program.run(["meter", "--labels", "none"] + arguments)
    }

    @Test(.enabled(if: Places.hasShared), arguments: BrokenFile.all)
    private func `a broken file is told with place and remedy, what came before is kept`(
        _ file: BrokenFile
    ) throws {
        let path = Places.shared + "/pcap/broken-files/\(file.testDescription)"
        let outcome = try Program.run("meter", path, "--out", folder.file("flows.csv"))
        #expect(outcome.status == file.status, "\(outcome.signal) \(outcome.error)")
        for words in file.words { #expect(outcome.error.contains(words), "\(outcome.error)") }
        if file.status != 0 { #expect(outcome.error.contains("ntds: \(path): ")) }
        guard let flows = file.flows else {
            #expect(try folder.names().isEmpty)
            return
        }
        #expect(try Records(folder.text("flows.csv")).rows.count == flows)
    }

    @Test func `a cut file gives the flows of what is there`() throws {
        let whole = traffic.pcap()
        let cut = try folder.write(Array(whole.prefix(whole.count / 2)), to: "cut.pcap")
        let outcome = try meter(cut, "--out", folder.file("cut.csv"))
        #expect(outcome.status == 3 && outcome.error.contains("\(cut): damaged at octet "))
        var there = 0
        while traffic.pcap(0..<there + 1).count <= whole.count / 2 { there += 1 }
        let part = try folder.write(traffic.pcap(0..<there), to: "part.pcap")
        #expect(try meter(part, "--out", folder.file("part.csv")).status == 0)
        #expect(try folder.text("cut.csv") == folder.text("part.csv"))
    }

    @Test func `a damaged file does not end the others`() throws {
        let first = try folder.write(Array(traffic.pcap(0..<400).dropLast(7)), to: "first.pcap")
        let second = try folder.write(traffic.pcap(400..<800), to: "second.pcap")
        let outcome = try meter(second, first, "--out", folder.file("flows.csv"), "--json")
        #expect(outcome.status == 3 && outcome.error.contains("\(first): damaged"))
        #expect(outcome.number("packets") == 799)
    }

    @Test(arguments: ["missing0", "lo,missing0"])
    func `a missing interface is told with those that there are`(_ names: String) throws {
        let outcome = try Program.run(
            ["meter"] + names.split(separator: ",").map(String.init)
                + ["--out", folder.file("flows.csv")])
        #expect(outcome.status == 1)
        #expect(
            outcome.error.contains(/^ntds: missing0: no such interface: present are .*\blo\b/),
            "\(outcome.error)")
        #expect(try folder.names().isEmpty)
    }

    @Test func `what cannot be opened is told`() throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        let missing = try meter(folder.file("none.pcap"))
        #expect(missing.status == 1 && missing.error.contains("no such file: check the name"))
        let nothing = try meter(folder.path)
        #expect(nothing.status == 1 && nothing.error.contains("it is a folder"))
        let both = try meter("lo", capture)
        #expect(both.status == 1 && both.error.contains("files and interfaces at once"))
    }

    @Test func `a filter that cannot be compiled is refused before anything is written`() throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        for source in [capture, "-"] {
            let outcome = try meter(
                source, "--filter", "port port", "--out", folder.file("flows.csv"))
            #expect(outcome.status == 1 && outcome.error.contains("see pcap-filter(7)"))
            #expect(try folder.names() == ["some.pcap"])
        }
    }

    @Test(.enabled(if: Nobody.isPossible, Nobody.skipped))
    func `without permission it says how to get it`() throws {
        let outcome = try Nobody.run("meter", "lo", "--duration", "1")
        #expect(outcome.status == 1 && outcome.output.isEmpty)
        #expect(
            outcome.error.contains("ntds: lo: not permitted to capture")
                && outcome.error.contains("setcap cap_net_raw"), "\(outcome.error)")
        let user = try Program.run("meter", "lo", "--user", "no-such-user-here")
        #expect(user.status == 1 && user.error.contains("there is no such user"))
    }

    @Test func `frames of an unknown link type are left out, and told`() throws {
        let capture = try folder.write(traffic.pcap(0..<5, link: 189), to: "usb.pcap")
        let outcome = try meter(capture, "--out", folder.file("flows.csv"))
        #expect(
            outcome.status == 3
                && outcome.error.contains("\(capture): 5 frames of link type USB_LINUX (189)"),
            "\(outcome.error)")
        #expect(outcome.error.contains("what can be decoded is EN10MB (1)"))
        #expect(try Records(folder.text("flows.csv")).rows.isEmpty)
    }

    @Test(arguments: ["csv", "jsonl"]) func `a full disk keeps the flows that were written`(
        _ format: String
    ) throws {
        let capture = try folder.write(
            SampleTraffic(conversations: 3000).pcap(), to: "some.pcap")
        let whole = try meter(capture, "--format", format).output
        let outcome = try Program.run(
            [
                "meter", capture, "--labels", "none", "--out", folder.file("flows.\(format)"),
                "--threads", "1",
            ], fileLimit: 300 << 10)
        #expect(
            outcome.status == 1 && outcome.error.contains("free space or choose another folder"),
            "\(outcome.signal) \(outcome.error)")
        #expect(
            outcome.error.contains(
                "what was written stays in \(folder.file("flows.\(format).partial"))")
        )
        let kept = try folder.text("flows.\(format).partial")
        #expect(kept.hasSuffix("\n") && kept.utf8.count > 290 << 10 && whole.hasPrefix(kept))
        #expect(!folder.has("flows.\(format)"))
    }

    /// With rotation whole files stay; of the file under way text keeps its lines, Parquet nothing.
    @Test(
        .enabled(if: SmallDisk.isPossible, "root may mount a file system"),
        arguments: ["csv", "jsonl", "parquet"], [false, true])
    func `a full disk leaves whole files and says what is lost`(
        _ format: String, _ isRotated: Bool
    ) throws {
        let capture = try folder.write(
            SampleTraffic(conversations: 6000, seconds: 1200).pcap(), to: "some.pcap")
        let whole = Set(try meter(capture, "--format", "csv").output.split(separator: "\n"))
        let disk = try SmallDisk(octets: 700 << 10)
        let outcome = try Program.run(
            ["meter", capture, "--labels", "none", "--out", disk.folder.file("flows.\(format)")]
                + (isRotated ? ["--rotate", "1m"] : []))
        #expect(outcome.status == 1, "\(outcome.error)")
        #expect(outcome.error.contains("No space left on device"), "\(outcome.error)")
        #expect(outcome.error.contains("free space or choose another folder"))
        let files = try disk.folder.names().filter { !$0.hasSuffix(".partial") }
        let parts = try disk.folder.names().filter { $0.hasSuffix(".partial") }
        #expect(files.isEmpty == !isRotated, "\(files)")
        #expect(parts.isEmpty == (format == "parquet"), "\(parts)")
        #expect(
            outcome.error.contains("nothing of this file is kept") == (format == "parquet")
                && outcome.error.contains("the whole files before it stay")
                    == (format == "parquet" && isRotated),
            "\(outcome.error)")
        for file in files where format == "csv" {
            for line in try disk.folder.text(file).split(separator: "\n") {
                #expect(whole.contains(line))
            }
        }
        for file in files where format == "parquet" {
            let octets = try disk.folder.octets(file)
            #expect(octets.starts(with: "PAR1".utf8) && octets.suffix(4).elementsEqual("PAR1".utf8))
        }
    }

    @Test func `a full device ends the run`() throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        let outcome = try meter(capture, "--out", "/dev/full")
        #expect(
            outcome.status == 1
                && outcome.error.hasPrefix("ntds: /dev/full: cannot be written: No space left"))
    }

    @Test func `pipes and open descriptors are written to, never replaced`() throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        let flows = try meter(capture).output
        let pipe = folder.file("pipe")
        mkfifo(pipe, 0o600)
        for option in ["--out", "--events"] {
            let reader = try Program.Run([pipe], executable: "/bin/cat")
            let table = option == "--out" ? [] : ["--out", folder.file("flows.csv")]
            let outcome = try Program.run(
                ["meter", capture, "--labels", "none", option, pipe, "--format", "csv"] + table)
            #expect(outcome.status == 0, "\(outcome.error)")
            let read = try reader.wait().output
            #expect(read == (option == "--out" ? flows : ""))
            var status = stat()
            #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
        }
        let outcome = try meter(capture, "--out", "/dev/stdout")
        #expect(outcome.status == 0 && outcome.output == flows)
    }

    @Test func `a reader who goes away ends the run in peace`() throws {
        let capture = try folder.write(
            SampleTraffic(conversations: 3000).pcap(), to: "some.pcap")
        let script = "set -o pipefail; \"$0\" meter '\(capture)' --labels none | head -n 3"
        let outcome = try Program.Run(["-c", script, Program.path], executable: "/bin/bash").wait()
        #expect(outcome.status == 0 && outcome.output.split(separator: "\n").count == 3)
    }
}

struct MeterSourceTests {
    private let folder: TemporaryFolder
    private let traffic = SampleTraffic(conversations: 400)

    init() throws { folder = try TemporaryFolder() }

    private func flows(_ sources: [String], _ options: String...) throws -> String {
        let outcome = try Program.run(["meter"] + sources + ["--labels", "none"] + options)
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome.output
    }

    @Test func `standard input is metered as the file is`() throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        let script = "cat '\(capture)' | \"$0\" meter - --labels none"
        let outcome = try Program.Run(["-c", script, Program.path], executable: "/bin/bash").wait()
        #expect(outcome.status == 0)
        #expect(try outcome.output == flows([capture]))
    }

    @Test func `several files are metered in the order of time`() throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        let cuts = [0, 300, 301, 900, traffic.frames.count]
        let parts = try zip(cuts, cuts.dropFirst()).map {
            try folder.write(traffic.pcap($0..<$1), to: "part-\($0).pcap")
        }
        #expect(try flows(parts.reversed()) == flows([capture]))
    }

    @Test(arguments: ["gzip", "zstd", "lz4"]) func `a packed capture gives the same flows`(
        _ codec: String
    ) throws {
        let capture = try folder.write(traffic.pcap(), to: "some.pcap")
        let packed = folder.file("some.pcap.\(codec)")
        _ = try Python.run(
            Places.fixture("pack.py", beside: #filePath), [codec, capture, packed])
        #expect(try flows([packed]) == flows([capture]))
    }

    @Test func `a pipe that says nothing is left by Ctrl-C`() throws {
        let pipe = folder.file("pipe")
        mkfifo(pipe, 0o600)
        let holder = open(pipe, O_RDWR)
        defer { close(holder) }
        let run = try Program.Run(["meter", pipe, "--out", folder.file("flows.csv")])
        #expect(run.waits { folder.has("flows.csv.partial") })
        run.interrupt()
        let outcome = try run.wait()
        #expect(outcome.status == 1 && outcome.error.contains("ntds: interrupted: the flows up to"))
        #expect(folder.has("flows.csv"))
    }

    /// A terminal that goes away ends the run as Ctrl-C does, unless it was started to outlive it.
    @Test(arguments: [false, true]) func `a hang-up ends the run with what there is`(
        _ isDetached: Bool
    ) throws {
        let pipe = folder.file("pipe")
        mkfifo(pipe, 0o600)
        let holder = open(pipe, O_RDWR)
        defer { close(holder) }
        let octets = traffic.pcap(0..<100)
        #expect(write(holder, octets, octets.count) == octets.count)
        let run = try Program.Run(
            ["-c", "\(isDetached ? "trap '' HUP; " : "")exec \"$0\" \"$@\"", Program.path]
                + ["meter", pipe, "--labels", "none", "--out", folder.file("flows.csv")],
            executable: "/bin/bash")
        #expect(run.waits { folder.has("flows.csv.partial") })
        kill(run.process, SIGHUP)
        if isDetached {
            usleep(300_000)
            #expect(!folder.has("flows.csv"))
            run.interrupt()
        }
        let outcome = try run.wait()
        #expect(outcome.status == 1 && outcome.error.contains("ntds: interrupted: the flows up to"))
        #expect(try !Records(folder.text("flows.csv")).rows.isEmpty)
    }

    /// All captures there are, as one capture in the order of time.
    @Test(
        .enabled(if: Places.hasShared),
        arguments: ["corrected", "unicauca", "cic-2018", "cic-head"])
    func `all captures at once, with labels, stay within bounds`(_ mode: String) throws {
        let outcome = try Program.run(
            ["meter"] + SharedCaptures.all + [
                "--mode", mode, "--out", folder.file("flows.csv"), "--json",
            ])
        #expect(outcome.status == 3, "\(outcome.signal) \(outcome.error.suffix(500))")
        #expect(outcome.peakOctets < 300 << 20, "\(outcome.peakOctets >> 20) MiB")
        #expect(try Double(Records(folder.text("flows.csv")).rows.count) == outcome.number("flows"))
    }

    /// With labels. A share of the captures in a test, so that all processors have something to do.
    @Test(.enabled(if: Places.hasShared), arguments: 0..<8)
    func `each capture is metered, and ends in time`(_ share: Int) throws {
        for (index, capture) in SharedCaptures.all.enumerated() where index / 16 % 8 == share {
            let mode = ["corrected", "cic-2018", "unicauca", "cic-head"][index % 4]
            let begin = ContinuousClock.now
            let outcome = try Program.run(
                "meter", capture, "--mode", mode, "--out", "/dev/null", "--quiet")
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            #expect([0, 1, 3].contains(outcome.status), "\(capture): \(outcome.signal)")
            #expect(seconds < 10, "\(capture): \(seconds) s")
            #expect(outcome.peakOctets < 300 << 20, "\(capture): \(outcome.peakOctets >> 20) MiB")
        }
    }
}

/// Captures in all modes with labels (`make sweep`).
struct MeterSweepTests {
    /// Some of the captures, the broken ones among them; all take some ten minutes.
    @Test(.enabled(if: Places.hasShared), arguments: [0, 3])
    func `a capture in each mode ends in order, in time and in bounds`(_ first: Int) throws {
        let report = try Python.run(
            Places.root + "/Benchmarks/sweep.py",
            [
                "--ntds", Program.path, "--folder", Places.shared + "/pcap", "--every", "12",
                "--first", "\(first)", "--jobs", "1",
            ])
        #expect(report.contains(/3[89][0-9] runs in [0-9]+ s, 0 faults/), "\(report)")
    }
}

/// The captures beside the package.
enum SharedCaptures {
    static let all = Places.files(in: Places.shared + "/pcap").filter { path in
        let isCapture = [".pcap", ".pcapng", ".cap", ".pcap.gz"].contains { path.hasSuffix($0) }
        return isCapture && !path.contains("/broken-files/")
    }
}
