import Foundation
import TestSupport
import Testing

/// `ntds run` on an interface.
@Suite(.serialized, .enabled(if: VethPair.isPermitted, VethPair.skipped))
struct LiveRunTests {
    private let folder: TemporaryFolder
    private let link: VethPair

    init() throws {
        folder = try TemporaryFolder()
        link = try VethPair()
    }

    /// Who was told for what, and by which evidence.
    private func told(_ state: String) throws -> Set<String> {
        let lines = try folder.text("\(state)/threats.jsonl").split(separator: "\n")
        return try Set(
            lines.flatMap { line -> [String] in
                let threat =
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                let entity = threat?["entity"] as? [String: Any]
                let evidence = threat?["evidence"] as? [[String: Any]] ?? []
                return evidence.map {
                    "\(threat?["model"] ?? "") \(entity?["name"] ?? "") \($0["kind"] ?? "")"
                }
            })
    }

    @Test func `what is told live is told of the recording`() throws {
        let capture = folder.file("hour.pcap")
        let simulated = try Program.run([
            "simulate", "packets", "--duration", "10m", "--attacks",
            "horizontal-scan,vertical-scan,arp-scan,syn-flood", "--quiet", "--out", capture,
        ])
        #expect(simulated.status == 0, "\(simulated.error)")
        let settings = try folder.write("listen: off\n", to: "ntds.yaml")
        let run = try link.watch(["--config", settings, "--state", folder.file("live")])
        let recording = folder.file("seen.pcapng")
        let recorder = try link.meter(
            ready: recording, "--out", folder.file("flows.csv"), "--labels", "none",
            "--write-pcap", recording)
        let sent = try link.replay(capture, packetsPerSecond: 4000)
        #expect(sent > 1000)
        #expect(run.waits { run.outputSoFar.contains("Reconnaissance") }, "\(run.errorSoFar)")
        recorder.interrupt()
        #expect(try recorder.wait().status == 0)
        // The clock of an interface goes on without packets: what is complete is told.
        usleep(1_500_000)
        run.interrupt()
        let live = try run.wait()
        #expect(live.status == 0, "\(live.error)")
        let replayed = try Program.run([
            "run", recording, "--config", settings, "--state", folder.file("replayed"), "--quiet",
        ])
        #expect(replayed.status == 0, "\(replayed.error)")
        let (first, second) = (try told("live"), try told("replayed"))
        #expect(first.count >= 3, "\(first)")
        #expect(first == second)
    }
}
