import Foundation
import TestSupport
import Testing

/// An attack as the ground truth tells of it.
private struct Attack: Decodable {
    struct Flow: Decodable {
        let start, source, destination: String
        let sourcePort, destinationPort: Int
    }

    let kind: String
    let start, end: String?
    let frames: Int
    let flows: [Flow]
}

/// An hour of a small campus with all attacks, and its flows; made once.
private struct SimulatedHour {
    let folder: TemporaryFolder
    let flows: [[String: String]]
    let attacks: [Attack]

    var capture: String { folder.file("campus.pcap") }

    static let shared = Result { try SimulatedHour() }

    private init() throws {
        folder = try TemporaryFolder.lasting()
        try simulate(into: folder, "campus.pcap", "--flows-per-hour", "150")
        let metered = try Program.run(
            "meter", folder.file("campus.pcap"), "--out", folder.file("flows.csv"))
        #expect(metered.status == 0, "\(metered.error)")
        flows = Records(try folder.text("flows.csv")).rows
        attacks = try folder.text("campus.attacks.jsonl").split(separator: "\n").map { line in
            try JSONDecoder().decode(Attack.self, from: Data(line.utf8))
        }
    }
}

/// Simulates a capture; it must succeed in silence.
private func simulate(
    into folder: TemporaryFolder, _ name: String, _ options: String...
) throws {
    let outcome = try Program.run(
        ["simulate", "packets", "--out", folder.file(name), "--quiet"] + options)
    #expect(
        outcome.status == 0 && outcome.output.isEmpty && outcome.error.isEmpty, "\(outcome.error)")
}

/// Every kind, in the order of `--attacks all`.
private let kinds = [
    "horizontal-scan", "vertical-scan", "arp-scan", "ssh-brute-force", "syn-flood", "beacon",
    "exfiltration", "dns-tunnel", "long-connection", "lateral-movement",
]

struct PacketSimulationTests {
    @Test(arguments: ["pcap", "pcapng"])
    func `a simulated capture is the same for the same seed only`(_ format: String) throws {
        let folder = try TemporaryFolder()
        for (name, seed) in [("a", "7"), ("b", "7"), ("c", "8")] {
            try simulate(
                into: folder, "\(name).\(format)", "--seed", seed, "--duration", "2m", "--hosts",
                "20", "--attacks", "beacon,arp-scan")
        }
        #expect(try folder.octets("a.\(format)") == folder.octets("b.\(format)"))
        #expect(try folder.octets("a.attacks.jsonl") == folder.octets("b.attacks.jsonl"))
        #expect(try folder.octets("a.\(format)") != folder.octets("c.\(format)"))
    }

    @Test func `every kind of attack occurs once in an hour`() throws {
        let hour = try SimulatedHour.shared.get()
        #expect(hour.attacks.map(\.kind) == kinds)
        for attack in hour.attacks {
            #expect(attack.frames > 0, "\(attack.kind)")
            for time in [attack.start, attack.end] {
                #expect(time?.hasPrefix("2024-01-17T10:") == true, "\(attack.kind)")
            }
            #expect(attack.flows.isEmpty == (attack.kind == "arp-scan"), "\(attack.kind)")
        }
    }

    @Test func `the meter sees every flow of the attacks, from the same end and millisecond`()
        throws
    {
        let hour = try SimulatedHour.shared.get()
        let seen = Set(
            hour.flows.map { row in
                let ends = ["Source.IP", "Source.Port", "Destination.IP", "Destination.Port"]
                return ends.compactMap { row[$0] } + [row["Timestamp"]!.prefix(23).description]
            })
        for attack in hour.attacks {
            for flow in attack.flows {
                var start = flow.start.replacing("T", with: " ").dropLast()
                if !start.contains(".") { start += "." }
                let time = String(start.prefix(23)).padding(
                    toLength: 23, withPad: "0", startingAt: 0)
                let ends = [
                    flow.source, "\(flow.sourcePort)", flow.destination, "\(flow.destinationPort)",
                ]
                #expect(seen.contains(ends + [time]), "\(attack.kind) \(flow)")
            }
        }
    }

    @Test func `the flows do not depend on the number of threads`() throws {
        let hour = try SimulatedHour.shared.get()
        let folder = try TemporaryFolder()
        for threads in ["1", "2", "4"] {
            let outcome = try Program.run(
                "meter", hour.capture, "--threads", threads, "--out", folder.file("\(threads).csv"))
            #expect(outcome.status == 0, "\(outcome.error)")
        }
        let one = try folder.octets("1.csv")
        #expect(try folder.octets("2.csv") == one && folder.octets("4.csv") == one)
    }

    @Test func `nearly all flows that were answered carry what the simulation meant`() throws {
        let hour = try SimulatedHour.shared.get()
        let meant = [
            "53/17": "DNS", "443/6": "TLS", "8443/6": "TLS", "443/17": "QUIC", "80/6": "HTTP",
            "22/6": "SSH", "25/6": "SMTP", "143/6": "IMAP", "993/6": "IMAPS", "123/17": "NTP",
        ]
        for (port, name) in meant {
            let carried = hour.flows.filter { row in
                "\(row["Destination.Port"]!)/\(row["Protocol"]!)" == port
                    && Double(row["Total.Length.of.Bwd.Packets"]!)! > 0
            }.map { $0["masterProtocol"]! == "" ? $0["ProtocolName"]! : $0["masterProtocol"]! }
            let right = carried.count { $0 == name }
            #expect(right > 0 && right * 10 >= carried.count * 9, "\(port): \(Set(carried))")
        }
        let hosts = Set(hour.flows.map { $0["ProtocolName"]! })
        #expect(hosts.isSuperset(of: ["GOOGLE", "GMAIL", "WINDOWS_UPDATE", "SMBV23"]), "\(hosts)")
    }

    @Test(arguments: [
        (["--attacks", "beacon,flood"], "no attack is called 'flood'"),
        (["--duration", "1w"], "write a number and a unit"),
        (["--duration", "10s"], "from a minute"), (["--duration", "9999999999999999d"], "from a"),
        (["--start", "17/01/2024"], "write a date like 2024-01-17"),
        (["--start", "2024-02-30"], "write a date"), (["--start", "2200-01-01"], "the years"),
        (["--hosts", "9"], "from 10 to 4000"), (["--flows-per-hour", "0"], "from 1 to"),
        (["--out", "campus.csv"], "ends in .pcap or .pcapng"),
    ]) func `what cannot be simulated is refused with what can`(
        _ options: [String], _ words: String
    ) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.run(
            ["simulate", "packets", "--out", folder.file("x.pcap")] + options)
        #expect(outcome.status == 2 && outcome.error.contains(words), "\(outcome.error)")
        #expect(try folder.names().isEmpty)
    }

    @Test func `a start and no attacks are taken`() throws {
        let folder = try TemporaryFolder()
        try simulate(
            into: folder, "night.pcap", "--attacks", "none", "--start", "2024-06-01T03:30Z",
            "--duration", "3m")
        #expect(try folder.octets("night.attacks.jsonl").isEmpty)
        let outcome = try Program.run("meter", folder.file("night.pcap"), "--quiet")
        let flows = Records(outcome.output).rows
        #expect(
            !flows.isEmpty && flows.allSatisfy { $0["Timestamp"]!.hasPrefix("2024-06-01 03:3") })
    }

    @Test func `Ctrl-C and a full disk leave nothing`() throws {
        let folder = try TemporaryFolder()
        let long = ["simulate", "packets", "--duration", "9d", "--out", folder.file("c.pcap")]
        let run = try Program.Run(long)
        let deadline = Date.now.addingTimeInterval(60)
        while !folder.has("c.pcap.partial"), Date.now < deadline { usleep(500) }
        run.interrupt()
        let interrupted = try run.wait()
        #expect(interrupted.status == 1 && interrupted.error.hasPrefix("ntds: interrupted"))
        #expect(try folder.names().isEmpty)
        let full = try Program.run(long, fileLimit: 1 << 21)
        #expect(full.status == 1 && full.error.contains("free space"), "\(full.error)")
        #expect(try folder.names().isEmpty)
    }

    @Test(arguments: [("flows", "./campus.csv"), ("packets", "./campus.pcap")])
    func `the ground truth lies beside a name with dots before it`(
        _ kind: String, _ name: String
    )
        throws
    {
        let folder = try TemporaryFolder()
        let size = kind == "flows" ? "--rows 200" : "--duration 1m --hosts 10 --attacks beacon"
        let script = "cd \(folder.path) && \(Program.path) simulate \(kind) \(size) --out \(name)"
        let outcome = try Program.Run(["-c", script], executable: "/bin/sh").wait()
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(
            try folder.names() == [name.dropFirst(2).description, "campus.attacks.jsonl"].sorted())
    }
}
