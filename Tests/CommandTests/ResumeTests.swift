import Foundation
import TestSupport
import Testing

/// `ntds run` that is killed or stopped, and started again.
struct ResumeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Two days of a small campus: a table and its messages of address resolution.
    private func campus(flows: Int = 20_000) throws -> [String] {
        let simulated = try Program.run([
            "simulate", "campus", "--days", "2", "--learning-days", "1", "--flows", "\(flows)",
            "--hosts", "20", "--quiet", "--out", folder.file("days.parquet"),
        ])
        #expect(simulated.status == 0, "\(simulated.error)")
        return [folder.file("days.parquet"), folder.file("days.events.jsonl")]
    }

    /// The arguments of a run that saves after every portion of flows.
    private func arguments(_ sources: [String], _ state: String) throws -> [String] {
        let settings = try folder.write(
            "listen: off\ncheckpoint: 0s\nbaselines: {minimum_flows: 200, learning: 12h}\n",
            to: "often.yaml")
        return ["run"] + sources + ["--config", settings, "--state", folder.file(state)]
    }

    private func uninterrupted(_ sources: [String]) throws -> Program.Outcome {
        let settings = try folder.write(
            "listen: off\nbaselines: {minimum_flows: 200, learning: 12h}\n", to: "seldom.yaml")
        let outcome = try Program.run(
            ["run"] + sources + ["--config", settings, "--state", folder.file("whole")])
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome
    }

    /// Starts a run and ends it by a signal after so many checkpoints; false if it ended before.
    private func interrupt(
        _ arguments: [String], _ state: String, after checkpoints: Int, by signal: Int32
    ) throws -> Bool {
        let path = folder.file("\(state)/checkpoint.ntds")
        func version() -> UInt64 {
            var status = stat()
            guard stat(path, &status) == 0 else { return 0 }
            return UInt64(status.st_ino) &+ UInt64(status.st_mtim.tv_nsec) << 20
        }
        let run = try Program.Run(arguments)
        var (seen, last) = (0, version())
        while seen < checkpoints, kill(run.process, 0) == 0, !hasEnded(run.process) {
            let now = version()
            if now != last { (seen, last) = (seen + 1, now) }
            usleep(300)
        }
        let isEarly = !hasEnded(run.process)
        kill(run.process, signal)
        let outcome = try run.wait()
        if isEarly, signal == SIGKILL { return outcome.signal == SIGKILL }
        return isEarly
    }

    /// Whether a process has ended and waits to be waited for.
    private func hasEnded(_ process: pid_t) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return status.isEmpty || status.contains(") Z ")
    }

    /// The sections of a checkpoint by their names.
    private func sections(_ state: String) throws -> [String: [UInt8]] {
        let octets = try folder.octets("\(state)/checkpoint.ntds")
        var place = 12
        func number(_ size: Int) -> Int {
            defer { place += size }
            return (0..<size).reduce(0) { $0 | Int(octets[place + $1]) << (8 * $1) }
        }
        func take(_ count: Int) -> [UInt8] {
            defer { place += count }
            return Array(octets[place..<(place + count)])
        }
        var sections: [String: [UInt8]] = [:]
        while place < octets.count {
            let name = String(decoding: take(number(4)), as: UTF8.self)
            sections[name] = take(number(8))
        }
        return sections
    }

    private func storedFlows(_ state: String) throws -> [Substring] {
        let outcome = try Program.run([
            "flows", "--state", folder.file(state), "--format", "csv", "--limit", "10000000",
        ])
        return outcome.output.split(separator: "\n").sorted()
    }

    /// Everything that is known is the same to the bit, every threat was told once, every flow is kept once.
    private func expectSame(_ state: String, as other: String = "whole") throws {
        #expect(
            try folder.text("\(state)/threats.jsonl") == folder.text("\(other)/threats.jsonl"))
        let (one, two) = (try sections(state), try sections(other))
        #expect(one.keys.sorted() == two.keys.sorted() && one.count >= 8)
        for name in one.keys.sorted() where name != "service" {
            #expect(one[name] == two[name], "\(name) differs")
        }
        let flows = try storedFlows(state)
        #expect(try flows == storedFlows(other) && flows.count > 1000)
    }

    @Test func `killed again and again it tells, learns and keeps the same`() throws {
        let sources = try campus()
        _ = try uninterrupted(sources)
        #expect(try folder.text("whole/threats.jsonl").split(separator: "\n").count > 0)
        let arguments = try arguments(sources, "killed") + ["--quiet"]
        var kills = 0
        for checkpoints in [1, 2, 0, 4, 1, 3] {
            guard
                try interrupt(arguments, "killed", after: checkpoints, by: SIGKILL)
            else { break }
            kills += 1
            // The kill came in the middle of a line.
            let threats = folder.file("killed/threats.jsonl")
            if let file = FileHandle(forWritingAtPath: threats) {
                try file.seekToEnd()
                try file.write(contentsOf: Data("{\"version\":1,\"time\":\"2024-".utf8))
                try file.close()
            }
        }
        #expect(kills >= 4)
        let last = try Program.run(arguments)
        #expect(last.status == 0, "\(last.error)")
        #expect(last.error.contains("goes on behind what was taken"))
        try expectSame("killed")
    }

    @Test func `a capture that was stopped or killed is metered on as without a pause`() throws {
        let simulated = try Program.run([
            "simulate", "packets", "--flows-per-hour", "12000", "--quiet", "--out",
            folder.file("hour.pcap"),
        ])
        #expect(simulated.status == 0, "\(simulated.error)")
        let sources = [folder.file("hour.pcap")]
        _ = try uninterrupted(sources)
        let arguments = try arguments(sources, "stopped") + ["--quiet"]
        #expect(try interrupt(arguments, "stopped", after: 2, by: SIGTERM))
        #expect(try interrupt(arguments, "stopped", after: 1, by: SIGKILL))
        #expect(try interrupt(arguments, "stopped", after: 1, by: SIGINT))
        #expect(try Program.run(arguments).status == 0)
        try expectSame("stopped")
    }

    /// Whether the checkpoint is younger than all flows that are kept.
    private func isSaved(_ state: String) -> Bool {
        func changed(_ path: String) -> Date? {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return attributes?[.modificationDate] as? Date
        }
        let root = folder.file("\(state)/flows")
        let parts = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
        let last = parts.filter { $0.hasSuffix(".parquet") }
            .compactMap { changed("\(root)/\($0)") }.max()
        guard let last, let saved = changed(folder.file("\(state)/checkpoint.ntds")) else {
            return false
        }
        return saved > last
    }

    // MARK: Sources

    private func log(_ numbers: Range<Int>) -> String {
        numbers.map { number in
            "{\"_path\":\"conn\",\"ts\":\(1_700_000_000 + number),\"uid\":\"C\(number)\","
                + "\"id.orig_h\":\"10.0.0.5\",\"id.orig_p\":\(20_000 + number % 40_000),"
                + "\"id.resp_h\":\"93.184.216.34\",\"id.resp_p\":443,\"proto\":\"tcp\","
                + "\"service\":\"ssl\",\"duration\":0.5,\"orig_bytes\":500,\"resp_bytes\":4000,"
                + "\"conn_state\":\"SF\",\"history\":\"ShADadFf\",\"orig_pkts\":8,"
                + "\"orig_ip_bytes\":900,\"resp_pkts\":9,\"resp_ip_bytes\":4400}\n"
        }.joined()
    }

    private func run(_ sources: String...) throws -> String {
        let outcome = try Program.run(
            ["run"] + sources + ["--state", folder.file("state"), "--config", quiet()])
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome.error
    }

    private func quiet() throws -> String {
        try folder.write("listen: off\ncheckpoint: 0s\n", to: "ntds.yaml")
    }

    @Test func `what was read to its end is not read again, what was added is`() throws {
        let first = try folder.write(log(0..<300), to: "conn.log")
        #expect(try run(first).contains("300 flows in"))
        let again = try run(first)
        #expect(again.contains("nothing new: an earlier run read it to its end"))
        #expect(again.contains("0 flows in"))
        // A log grows, another one is added.
        _ = try folder.write(log(0..<450), to: "conn.log")
        let second = try folder.write(log(1000..<1200), to: "other.log")
        let third = try run(first, second)
        #expect(third.contains("goes on behind what was taken") && third.contains("350 flows in"))
        #expect(try storedFlows("state").count == 1 + 650)
        // The first alone is known, too, when the other was read in between.
        #expect(try run(second).contains("0 flows in"))
        #expect(try run(first).contains("0 flows in"))
    }

    @Test func `a file that is another one than it was is read from its beginning`() throws {
        let path = try folder.write(log(0..<300), to: "conn.log")
        _ = try run(path)
        _ = try folder.write(log(500..<600), to: "conn.log")
        let changed = try run(path)
        #expect(changed.contains("not what it was: read from its beginning"))
        #expect(changed.contains("is another file than it was") && changed.contains("100 flows in"))
    }

    @Test func `files of a folder are read once, also when they were renamed`() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("spool"), withIntermediateDirectories: true)
        let path = try folder.write(log(0..<300), to: "spool/conn.log")
        let arguments = try arguments([folder.file("spool")], "state")
        func watch(_ flows: Int, _ signal: Int32) throws {
            let run = try Program.Run(arguments)
            defer { kill(run.process, SIGKILL) }
            #expect(
                run.waits { (try? storedFlows("state").count) == 1 + flows && isSaved("state") })
            kill(run.process, signal)
            _ = try run.wait()
        }
        try watch(300, SIGKILL)
        // Rotated while nobody looked, and a new one begun.
        try FileManager.default.moveItem(atPath: path, toPath: folder.file("spool/conn-1.log"))
        _ = try folder.write(log(300..<350), to: "spool/conn.log")
        try watch(350, SIGTERM)
        _ = try folder.write(log(350..<360), to: "spool/dns.log")
        try watch(360, SIGTERM)
    }

    // MARK: Damage

    @Test func `a damaged checkpoint is told and kept, and learning begins anew`() throws {
        let log = try folder.write(log(0..<300), to: "conn.log")
        _ = try run(log)
        let whole = try folder.octets("state/checkpoint.ntds")
        var places = [0, 9, 14, 20, whole.count / 2, whole.count - 3]
        places += stride(from: 30, to: whole.count, by: whole.count / 5)
        for place in places {
            var damaged = whole
            damaged[place] ^= 0x21
            _ = try folder.write(damaged, to: "state/checkpoint.ntds")
            let outcome = try Program.run(
                ["run", log, "--state", folder.file("state"), "--config", quiet()])
            #expect(outcome.status == 0, "\(place): \(outcome.error)")
            #expect(
                outcome.error.contains("cannot be read and begins anew"), "\(place)")
            #expect(try folder.octets("state/checkpoint.unread.ntds") == damaged)
        }
        for count in [0, 5, 12, 15, 40, whole.count / 2, whole.count - 1] {
            _ = try folder.write(Array(whole[..<count]), to: "state/checkpoint.ntds")
            let outcome = try Program.run(
                ["run", log, "--state", folder.file("state"), "--config", quiet()])
            #expect(outcome.status == 0 && outcome.error.contains("begins anew"), "\(count)")
        }
    }
}
