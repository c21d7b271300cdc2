import Foundation
import TestSupport
import Testing

/// The rows of a table, sorted, without why a flow ended: an interface that is silent for long enough ends
/// flows that are open at the end of the recording.
private func rows(_ text: String) -> [String] {
    let table = Records(text)
    let names = table.header.filter { !["flowEndReason", "endReason"].contains($0) }
    return table.rows.map { row in names.map { row[$0] ?? "" }.joined(separator: ",") }.sorted()
}

/// The flows of captures, metered from the files.
private func flows(of captures: [String], _ options: String...) throws -> [String] {
    let outcome = try Program.run(["meter"] + captures + ["--labels", "none"] + options)
    #expect(outcome.status == 0, "\(outcome.error)")
    return rows(outcome.output)
}

@Suite(.serialized, .enabled(if: VethPair.isPermitted, VethPair.skipped))
struct LiveMeterTests {
    private let folder: TemporaryFolder
    private let link: VethPair

    init() throws {
        folder = try TemporaryFolder()
        link = try VethPair()
    }

    /// Waits for the program, which must end well and leave whole files only.
    private func finish(_ run: Program.Run) throws -> Program.Outcome {
        let outcome = try run.wait()
        #expect(outcome.status == 0, "\(outcome.signal) \(outcome.error)")
        #expect(try !folder.names().contains { $0.hasSuffix(".partial") })
        return outcome
    }

    private func interface(_ outcome: Program.Outcome) -> [String: Int] {
        let entries = outcome.json["interfaces"] as? [[String: Any]] ?? []
        return (entries.first ?? [:]).compactMapValues { $0 as? Int }
    }

    @Test(arguments: ["corrected", "cic-2018"])
    func `live flows are those of the recording, and Ctrl-C ends with all of them`(
        _ mode: String
    ) throws {
        let traffic = SampleTraffic(conversations: 900)
        let capture = try folder.write(traffic.pcap(), to: "sent.pcap")
        let (table, recording) = (folder.file("flows.csv"), folder.file("seen.pcapng"))
        let run = try link.meter(
            ready: table, "--out", table, "--write-pcap", recording, "--labels", "none", "--json",
            "--mode", mode)
        let sent = try link.replay(capture, packetsPerSecond: 4000)
        run.interrupt()
        let outcome = try finish(run)
        #expect(sent == traffic.frames.count)
        #expect(
            interface(outcome) == [
                "delivered": sent, "received": sent, "droppedByKernel": 0, "droppedByInterface": 0,
            ])
        let seen = try rows(folder.text("flows.csv"))
        #expect(seen.count >= 300)
        #expect(try seen == flows(of: [recording], "--mode", mode))
    }

    @Test func `what is dropped is counted: sent less received`() throws {
        let capture = try folder.write(
            SampleTraffic(conversations: 4000).pcap(), to: "sent.pcap")
        let (table, recording) = (folder.file("flows.csv"), folder.file("seen.pcapng"))
        let run = try link.meter(
            ready: table, "--out", table, "--write-pcap", recording, "--labels", "none", "--json",
            "--buffer", "1")
        // The ring runs over while the meter stands still.
        kill(run.process, SIGSTOP)
        let sent = try link.replay(capture, packetsPerSecond: 40_000)
        kill(run.process, SIGCONT)
        run.interrupt()
        let counts = interface(try finish(run))
        let (delivered, dropped) = (counts["delivered"] ?? 0, counts["droppedByKernel"] ?? 0)
        #expect(dropped > 0 && delivered > 0 && counts["received"] == sent, "\(counts)")
        #expect(delivered + dropped == sent, "\(counts)")
        #expect(try rows(folder.text("flows.csv")) == flows(of: [recording]))
    }

    @Test func `rotated flows and recordings hold everything once`() throws {
        let traffic = SampleTraffic(conversations: 900)
        let capture = try folder.write(traffic.pcap(), to: "sent.pcap")
        let run = try link.meter(
            ready: folder.file("events.jsonl"), "--out", folder.file("flows.csv"), "--rotate",
            "1s", "--write-pcap", folder.file("seen.pcapng"), "--rotate-pcap", "1s", "--labels",
            "none", "--idle", "1", "--tcp-idle", "1", "--json", "--events",
            folder.file("events.jsonl"))
        let sent = try link.replay(capture, packetsPerSecond: 1500)
        // The last flows end by the clock, though no packet comes any more.
        #expect(
            run.waits {
                let names = (try? folder.names()) ?? []
                return names.filter { $0.hasPrefix("flows-") }.count >= 3
            })
        run.interrupt()
        let outcome = try finish(run)
        let names = try folder.names()
        let tables = names.filter { $0.hasPrefix("flows-") }
        let recordings = names.filter { $0.hasPrefix("seen-") }
        #expect(tables.count >= 2 && recordings.count >= 2, "\(names)")
        #expect(interface(outcome)["delivered"] == sent && sent == traffic.frames.count)
        let seen = try tables.flatMap { try rows(folder.text($0)) }.sorted()
        #expect(
            try seen
                == flows(
                    of: recordings.map(folder.file), "--idle", "1", "--tcp-idle", "1"))
    }

    @Test func `it ends by itself after so many packets, recorded as they were metered`() throws {
        let capture = try folder.write(
            SampleTraffic(conversations: 300).pcap(), to: "sent.pcap")
        let table = folder.file("flows.csv")
        let run = try link.meter(
            ready: table, "--out", table, "--write-pcap", folder.file("seen.pcap"), "--packets",
            "100", "--labels", "none", "--json")
        _ = try link.replay(capture, packetsPerSecond: 5000)
        #expect(try finish(run).number("packets") == 100)
        #expect(try rows(folder.text("flows.csv")) == flows(of: [folder.file("seen.pcap")]))
        let again = try Program.run("meter", folder.file("seen.pcap"), "--out", table, "--json")
        #expect(again.number("packets") == 100)
    }

    @Test func `it ends by itself after some time`() throws {
        let table = folder.file("flows.csv")
        let run = try link.meter(ready: table, "--out", table, "--duration", "0.5")
        let outcome = try finish(run)
        #expect(
            outcome.error.contains("0 packets, 0 flows") && outcome.error.contains("in0: 0 frames"))
        #expect(try rows(folder.text("flows.csv")).isEmpty)
    }

    @Test func `rights are given up, and the files are the user's`() throws {
        let nobody = try #require(getpwnam("nobody")).pointee
        chown(folder.path, nobody.pw_uid, nobody.pw_gid)
        let table = folder.file("flows.csv")
        let run = try link.meter(
            ready: table, "--out", table, "--user", "nobody", "--write-pcap",
            folder.file("seen.pcapng"))
        let status = try String(contentsOfFile: "/proc/\(run.process)/status", encoding: .utf8)
        #expect(status.contains("Uid:\t\(nobody.pw_uid)\t\(nobody.pw_uid)\t\(nobody.pw_uid)"))
        run.interrupt()
        _ = try finish(run)
        for name in ["flows.csv", "seen.pcapng"] {
            let owner = try FileManager.default.attributesOfItem(atPath: folder.file(name))
            #expect(owner[.ownerAccountID] as? Int == Int(nobody.pw_uid), "\(name)")
        }
    }

    @Test func `an interface that goes away ends the run with its flows and status 3`() throws {
        let capture = try folder.write(
            SampleTraffic(conversations: 100).pcap(), to: "sent.pcap")
        let table = folder.file("flows.csv")
        let run = try link.meter(ready: table, "--out", table, "--labels", "none")
        _ = try link.replay(capture, packetsPerSecond: 5000)
        // What lies in the ring is lost with the interface; the system hands it over within 50 ms.
        usleep(300_000)
        try link.removeInterface()
        let outcome = try run.wait()
        #expect(
            outcome.status == 3 && outcome.error.contains("in0: capture ended: "),
            "\(outcome.error)")
        #expect(try rows(folder.text("flows.csv")).count == 100)
    }

    @Test func `a terminal shows what has come, once a second`() throws {
        let terminal = Places.fixture("terminal.py", beside: #filePath)
        let shown = try Python.run(
            terminal,
            [Program.path, "meter", "lo", "--out", folder.file("flows.csv"), "--duration", "2.5"])
        #expect(
            shown.contains(
                /lo  00:0\d  [\d,]+ packets?  [\d.]+( k| M)?\/s  [\d,]+ flows?, \d+ open  0 dropped/
            ),
            "\(shown)")
        // Other tests use the loopback interface too, so that there may be flows.
        #expect(!shown.contains("%") && shown.contains(/\d flows? to\b/), "\(shown)")
    }
}
