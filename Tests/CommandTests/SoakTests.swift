import Foundation
import TestSupport
import Testing

/// The short form of `make soak`: what `ntds run` takes does not depend on how many flows came, or from whom.
@Suite(.serialized) struct SoakTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Logs of connections and look-ups as Zeek writes them.
    private static let connections =
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
        + "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
        + "orig_bytes\tresp_bytes\tconn_state\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\t"
        + "resp_pkts\tresp_ip_bytes\n"
        + "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\t"
        + "string\tcount\tstring\tcount\tcount\tcount\tcount\n"
    private static let lookups =
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tdns\n"
        + "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype\t"
        + "qtype_name\trcode\trcode_name\n"
        + "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tcount\tstring\tcount\tstring\n"

    /// Numbers that look random, the same each time.
    private struct Draws {
        private var state: UInt64 = 7

        mutating func next(below limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    /// 100,000 flows a minute of 500 machines.
    private func ordinary(_ count: Int) -> String {
        var draws = Draws()
        var text = Self.connections
        text.reserveCapacity(count * 128)
        let services = [("ssl", 443), ("http", 80), ("ssh", 22), ("smtp", 25)]
        for number in 0..<count {
            let (service, port) = services[min(3, draws.next(below: 8))]
            let (host, peer) = (draws.next(below: 500), draws.next(below: 4000))
            let octets = 100 + draws.next(below: 9000)
            text +=
                "\(1_700_000_000 + Double(number) * 6e-4)\tC\(number)\t10.0.\(host >> 8).\(host & 255)\t"
            text +=
                "\(1024 + draws.next(below: 60_000))\t93.\(peer >> 8).\(peer & 255).7\t\(port)\ttcp\t"
            text +=
                "\(service)\t0.\(draws.next(below: 1000))\t\(octets)\t\(9 * octets)\tSF\t0\tShADadFf\t"
            text += "9\t\(octets + 360)\t12\t\(9 * octets + 480)\n"
        }
        return text
    }

    private func run(_ logs: [String]) throws -> Program.Outcome {
        let settings = try folder.write(
            "listen: off\nbaselines: {learning: 1m, minimum_flows: 500, refit: 1m}\n",
            to: "ntds.yaml")
        let state = folder.file("state \(logs.count) \(UUID())")
        let outcome = try Program.run(
            ["run", "--quiet", "--config", settings, "--state", state] + logs)
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome
    }

    @Test func `memory is flat under load`() throws {
        let short = try run([try folder.write(ordinary(80_000), to: "short.log")])
        let long = try run([try folder.write(ordinary(220_000), to: "long.log")])
        #expect(long.peakOctets < 400 << 20)
        // 0 where the tests themselves have taken more.
        if short.peakOctets > 0 {
            #expect(long.peakOctets - short.peakOctets < 48 << 20)
        }
    }

    @Test func `hosts, pairs and names that somebody makes up stay within memory`() throws {
        let count = 100_000
        var (flows, names) = (Self.connections, Self.lookups)
        flows.reserveCapacity(count * 128)
        names.reserveCapacity(count * 96)
        for number in 0..<count {
            let time = 1_700_000_000 + Double(number) * 2e-3
            let tail = "\(number >> 16).\(number >> 8 & 255).\(number & 255)"
            flows +=
                "\(time)\tC\(number)\t10.\(tail)\t40000\t93.\(tail)\t\(1 + number % 65_535)\ttcp\t-\t0.5\t"
            flows += "\(number)\t90000\tSF\t0\tShADadFf\t9\t990\t9\t990\n"
            names +=
                "\(time)\tD\(number)\t10.\(tail)\t5353\t10.200.0.1\t53\tudp\tw\(number).n\(number).example\t"
            names += "1\tA\t3\tNXDOMAIN\n"
        }
        let outcome = try run([
            try folder.write(flows, to: "conn.log"), try folder.write(names, to: "dns.log"),
        ])
        #expect(outcome.peakOctets < 500 << 20)
    }
}
