import FlowFormats
import Flows
import Foundation
import NetworkTypes
import Statistics
import TestSupport
import Testing

struct ObservationFileTests {
    @Test func `a connection log of Zeek tells flows`() throws {
        let log = try Observed(text: zeekLog("conn", zeekFields, zeekRows))
        let flows = log.flows
        #expect(log.format == .zeek && log.counts.read == 6 && log.rejections.isEmpty)
        #expect(
            flows.map(\.outcome) == [
                .unanswered, .established, .rejected, .unanswered, .established, .unknown,
            ])
        #expect(
            flows.map(\.application) == ["UNKNOWN", "DNS", "SSL", "IP_ICMPV6", "IP_ICMP", "HTTP"])
        #expect(flows[0].start == Timestamp(nanoseconds: 1_517_336_042_090_842_000))
        #expect(flows[0].end.nanoseconds - flows[0].start.nanoseconds == 3_000_158_000)
        #expect(
            flows[1].key
                == FlowKey(
                    initiator: FlowEnd(address: address("192.168.88.2"), port: 55638),
                    responder: FlowEnd(address: address("165.227.88.15"), port: 53),
                    protocolNumber: 17))
        #expect(flows[1].forward == .init(packets: 1, octets: 89))
        #expect(flows[1].backward == .init(packets: 1, octets: 109))
        #expect(
            flows[1].metricValues
                == [142 / 0.069982, 69982, 142, 71, 1, 0, 61, 81, 0])
        // neither duration nor octets: nothing to be measured
        #expect(flows[2].metrics == nil && flows[2].start == flows[2].end)
        #expect(flows[5].metrics == nil && flows[5].durationSeconds == 86400)
        #expect(flows[3].key.responder.port == 133 << 8 && flows[3].key.protocolNumber == 58)
        #expect(flows[4].key.responder.port == 8 << 8 && flows[4].key.protocolNumber == 1)
    }

    @Test(arguments: [("open_conn", "x.log"), ("conn", "open_conn.08:00:00-09:00:00.log")])
    func `open connections are known by the log or by the file`(
        _ path: String, _ file: String
    )
        throws
    {
        let log = try Observed(text: zeekLog(path, zeekFields, zeekRows), as: file)
        #expect(log.flows.count == 6 && log.flows.allSatisfy(\.isOpen))
        let closed = try Observed(text: zeekLog("conn", zeekFields, zeekRows), as: "conn.log")
        #expect(closed.flows.allSatisfy { !$0.isOpen })
    }

    @Test func `a name log of Zeek tells look-ups`() throws {
        let fields = "ts id.orig_h id.resp_h query qtype rcode"
        let rows = [
            "1.5 10.0.0.1 10.0.0.2 WWW.Example.COM. 28 3", "2 10.0.0.1 10.0.0.2 a\\x00b\\xff 16 -",
            "3 10.0.0.1 10.0.0.2 - 1 0", "4 10.0.0.1 10.0.0.2 (empty) 2 0",
        ]
        let log = try Observed(text: zeekLog("dns", fields, rows), as: "dns.log")
        #expect(log.lookups.map(\.name) == ["www.example.com", "a\\000b\\255", "."])
        #expect(log.lookups.map(\.queryType) == [28, 16, 2])
        #expect(log.lookups.map(\.responseCode) == [3, nil, 0])
        #expect(log.lookups[0].timestamp == Timestamp(nanoseconds: 1_500_000_000))
        #expect(log.skips == ["a look-up without a name: 1 from 9"])
    }

    @Test func `both spellings of Zeek tell the same`() throws {
        let names = zeekFields.split(separator: " ")
        let quoted: Set = [
            "uid", "id.orig_h", "id.resp_h", "proto", "service", "conn_state", "history",
        ]
        let lines = zeekRows.map { row in
            let cells = zip(names, row.split(separator: " ")).filter { $0.1 != "-" }
                .filter { $0.0 != "local_orig" }
            return "{"
                + cells.map { name, cell in
                    quoted.contains(String(name))
                        ? "\"\(name)\": \"\(cell)\"" : "\"\(name)\":\(cell)"
                }.joined(separator: ", ") + "}\n"
        }
        let text = try Observed(text: zeekLog("conn", zeekFields, zeekRows))
        let json = try Observed(text: lines.joined(), as: "whatever.json")
        #expect(json.format == .json && json.flows == text.flows && json.flows.count == 6)
    }

    @Test func `events of Suricata tell flows and look-ups`() throws {
        let log = try Observed(text: eveLines.joined(separator: "\n"), as: "eve.json")
        #expect(log.flows.map(\.outcome) == [.rejected, .unanswered])
        #expect(log.flows.map(\.application) == ["UNKNOWN", "MDNS"])
        #expect(log.flows[0].start.description == "2021-06-06T15:34:31.140759Z")
        #expect(
            log.flows[0].metricValues
                == [240 / 0.000253, 253, 240, 60, 1, 0, 60, 60, 0])
        #expect(
            log.lookups.map(\.name) == [
                "www.google.com", "www.google.com", "a.example", "c.example",
            ])
        #expect(log.lookups.map(\.responseCode) == [nil, 3, 0, 0])
        #expect(log.lookups.map(\.queryType) == [1, 1, 16, 65])
        #expect(log.lookups.allSatisfy { $0.client == address("192.168.1.129") })
        #expect(
            log.skips == [
                "further record of an answer: 1 from 4", "alert event of Suricata: 1 from 7",
            ])
    }

    @Test func `a table of Argus tells flows`() throws {
        let log = try Observed(text: ([argusHeader] + argusRows).joined(separator: "\r\n"))
        let flows = log.flows
        #expect(log.format == .argus)
        #expect(
            flows.map(\.outcome) == [
                .established, .rejected, .unanswered, .unanswered, .unanswered, .unknown,
                .unreachable,
            ])
        #expect(flows[0].start.description == "2019-04-04T16:23:00.325010Z")
        #expect(flows[0].forward == .init(packets: 1, octets: 63))
        #expect(flows[0].backward == .init(packets: 1, octets: 79))
        #expect(flows[3].key.responder.port == 8 << 8 && flows[3].key.initiator.port == 0x7208)
        #expect(log.skips == ["flow of another protocol than IP: 1 from 8"])
    }

    @Test func `hostile fields are rejected, each with its reason`() throws {
        func row(_ change: (inout [String]) -> Void) -> String {
            var cells = zeekRows[1].split(separator: " ").map(String.init)
            change(&cells)
            return cells.joined(separator: " ")
        }
        let rows = [
            row { $0[0] = "soon" }, row { $0[2] = "10.0.0.256" }, row { $0[3] = "65536" },
            row { $0[6] = "carrier" }, row { $0[15] = "-5" }, row { $0[8] = "-1" },
            row {
                $0[0] = "9223372036"; $0[8] = "9"
            }, row { $0.removeLast() },
            row { $0.append("x") }, row { $0[17] = "99999999999999999999999" },
        ]
        let log = try Observed(text: zeekLog("conn", zeekFields, rows))
        #expect(log.observations.isEmpty)
        #expect(
            log.rejections == [
                "no time that can be read: 1 from 7", "no address that can be read: 1 from 8",
                "no port that can be read: 1 from 9", "a protocol that is not known: 1 from 10",
                "a count that cannot be read: 2 from 11", "a time out of range: 2 from 12",
                "fewer fields than the header: 1 from 14", "more fields than the header: 1 from 15",
            ])
    }

    @Test func `a line without end costs no memory and hides no other`() throws {
        let long = String(repeating: "x", count: 3 << 20)
        let lines = zeekLog("conn", zeekFields, [zeekRows[0], long, zeekRows[1], long])
        let log = try Observed(text: String(lines.dropLast(30)))
        #expect(log.flows.count == 2)
        #expect(log.rejections == ["a line longer than 1 MiB: 2 from 8"])
    }

    @Test func `JSON is taken by its grammar, not by its look`() throws {
        let good = eveLines[0]
        let deep = String(repeating: "[", count: 100_000)
        let lines = [
            "{\"a\":\(deep)",
            good.replacing("\"flow_id\":1,", with: "\"x\":{\"event_type\":[1,{}]},"),
            String(good.dropLast()), good + "}", "{}", "[]", "{\"event_type\":\"fl\\u006fw\"}",
            good.replacing("\"event_type\"", with: "\"event_typ\\u0065\""),
        ]
        let log = try Observed(text: lines.joined(separator: "\n"), as: "eve.json")
        #expect(log.flows.count == 1)
        #expect(log.rejections == ["not a JSON object: 4 from 0"])
        #expect(log.skips.count == 2)
    }

    @Test func `a packed log tells what the plain one does`() throws {
        let folder = try TemporaryFolder()
        let plain = try folder.write(zeekLog("conn", zeekFields, zeekRows), to: "conn.log")
        let script =
            "import gzip,sys,pyarrow as a;d=open(sys.argv[1],'rb').read();"
            + "gzip.open(sys.argv[1]+'.gz','wb').write(d);"
            + "s=a.CompressedOutputStream(sys.argv[1]+'.zst','zstd');s.write(d);s.close()"
        _ = try Python.run("-c", [script, plain])
        let expected = try Observed(plain)
        #expect(try Observed(plain + ".gz") == expected)
        #expect(try Observed(plain + ".zst") == expected)
        #expect(throws: ObservationError.cannotFollow(path: plain + ".gz", format: "a packed file"))
        {
            _ = try ObservationFile(path: plain + ".gz", isFollowing: true)
        }
        // a cut file tells what it has, then why it ends
        let octets = try folder.octets("conn.log.gz")
        let cut = try folder.write(Array(octets.dropLast(20)), to: "cut.gz")
        #expect(throws: ObservationError.self) { _ = try Observed(cut) }
    }

    @Test func `what is no log is refused`() throws {
        let folder = try TemporaryFolder()
        let prose = try folder.write("Lorem ipsum dolor sit amet\n", to: "conn.log")
        #expect(
            throws: ObservationError.notRecognised(
                path: prose, reason: "the first line is neither JSON nor a header")
        ) { _ = try ObservationFile(path: prose) }
        let empty = try folder.write("\n \n", to: "empty.log")
        #expect(throws: ObservationError.table(.empty(path: empty))) {
            _ = try ObservationFile(path: empty)
        }
        let absent = ObservationError.table(
            .cannotOpen(path: folder.file("absent"), reason: "No such file or directory"))
        #expect(throws: absent) { _ = try ObservationFile(path: folder.file("absent")) }
    }
}

struct FollowedLogTests {
    private func append(_ text: String, to path: String) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test(arguments: [
        ("conn.log", zeekLog("conn", zeekFields, zeekRows)),
        ("eve.json", eveLines.map { $0 + "\n" }.joined()),
        ("a.binetflow", ([argusHeader] + argusRows).map { $0 + "\n" }.joined()),
    ]) func `a log that grows octet by octet tells the same as when it is whole`(
        _ name: String, _ text: String
    ) throws {
        let folder = try TemporaryFolder()
        let expected = try Observed(folder.write(text, to: name))
        let path = try folder.write("", to: "grown." + name)
        var file = try ObservationFile(path: path, isFollowing: true)
        var found: [Observation] = []
        var rest = Array(text.utf8)[...]
        var random = SeededGenerator(seed: 7)
        while !rest.isEmpty {
            let count = min(rest.count, 1 + random.index(below: 60))
            try append(String(decoding: rest.prefix(count), as: UTF8.self), to: path)
            rest = rest.dropFirst(count)
            found += try file.next(limit: 100)
        }
        #expect(found == expected.observations && file.counts == expected.counts)
        #expect(file.position == text.utf8.count && !file.isReplaced)
    }

    @Test func `a later reader goes on where an earlier one stopped`() throws {
        let folder = try TemporaryFolder()
        for (name, text) in [
            ("conn.log", zeekLog("conn", zeekFields, zeekRows)),
            // without the further record of an answer, which only its first reader knows
            ("eve.json", (eveLines[..<4] + eveLines[5...]).map { $0 + "\n" }.joined()),
            ("a.binetflow", ([argusHeader] + argusRows).map { $0 + "\n" }.joined()),
        ] {
            let path = try folder.write(text, to: name)
            let all = try Observed(path).observations
            for count in 0...all.count {
                var first = try ObservationFile(path: path)
                let head = count == 0 ? [] : try first.next(limit: count)
                var second = try ObservationFile(path: path, isFollowing: true)
                try second.skip(to: first.position)
                #expect(try head + second.next(limit: 100) == all, "\(name) \(count)")
                var third = try ObservationFile(path: Packed.zstd(path))
                try third.skip(to: first.position)
                #expect(try head + third.next(limit: 100) == all, "\(name) \(count) packed")
                #expect(third.position == second.position)
            }
        }
    }

    @Test func `a log that was rotated away is read to its end and told`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(zeekLog("conn", zeekFields, [zeekRows[0]]), to: "conn.log")
        var file = try ObservationFile(path: path, isFollowing: true)
        #expect(try file.next(limit: 9).count == 1 && !file.isReplaced)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try append(zeekRows[1].tabbed + "\n", to: path + ".1")
        #expect(file.isReplaced)
        #expect(try file.next(limit: 9).count == 1)
        _ = try folder.write(zeekLog("conn", zeekFields, zeekRows), to: "conn.log")
        #expect(file.isReplaced)
        #expect(try file.next(limit: 9).isEmpty)
    }
}

/// A file packed once, beside itself.
private enum Packed {
    static func zstd(_ path: String) throws -> String {
        let packed = path + ".zst"
        if FileManager.default.fileExists(atPath: packed) { return packed }
        let script =
            "import sys,pyarrow as a;d=open(sys.argv[1],'rb').read();"
            + "s=a.CompressedOutputStream(sys.argv[2],'zstd');s.write(d);s.close()"
        _ = try Python.run("-c", [script, path, packed])
        return packed
    }
}

struct DamagedLogTests {
    private static let texts = [
        ("conn.log", zeekLog("conn", zeekFields, zeekRows)),
        ("eve.json", eveLines.map { $0 + "\n" }.joined()),
        ("a.binetflow", ([argusHeader] + argusRows).map { $0 + "\n" }.joined()),
    ]

    @Test(arguments: texts)
    func `every prefix is read to its end, and never tells more than the whole`(
        _ name: String, _ text: String
    ) throws {
        let folder = try TemporaryFolder()
        let octets = Array(text.utf8)
        let whole = try Observed(folder.write(text, to: name))
        var last = 0
        for count in octets.indices {
            let path = try folder.write(Array(octets[..<count]), to: name)
            let log: Observed
            do { log = try Observed(path) } catch is ObservationError { continue }
            // the line that was cut may say something else; those before are whole
            let complete = max(0, log.observations.count - 1)
            #expect(
                log.observations.prefix(complete) == whole.observations.prefix(complete),
                "\(name) \(count)")
            #expect(log.observations.count <= whole.observations.count + 1)
            #expect(log.position == count)
            last = log.observations.count
        }
        #expect(last >= whole.observations.count - 1)
    }

    @Test(arguments: texts) func `changed octets are read or counted, each line once`(
        _ name: String, _ text: String
    ) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: 42)
        let header = name == "eve.json" ? 0 : text.utf8.count / 3
        for round in 0..<400 {
            var octets = Array(text.utf8)
            for _ in 0..<(1 + random.index(below: 6)) {
                let place = header + random.index(below: octets.count - header)
                octets[place] = UInt8(truncatingIfNeeded: random.index(below: 256))
            }
            // another first octet is another format
            if name == "eve.json" { octets[0] = UInt8(ascii: "{") }
            let log = try Observed(folder.write(octets, to: name))
            let told =
                Int(log.counts.read) + log.counts.rejected.total + log.counts.skipped.total
            let lines = octets.split(separator: 0x0A).filter { line in
                !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            }
            #expect(told <= lines.count && told >= lines.count - 12, "round \(round)")
            #expect(log.counts.read == log.observations.count)
            #expect(log.position == octets.count)
        }
    }
}

struct PublicLogTests {
    @Test(.enabled(if: Places.hasShared))
    func `all public logs tell what an oracle finds in them`() throws {
        let paths = Places.files(in: Places.shared + "/logs").filter { !$0.hasSuffix(".md") }
        #expect(paths.count > 60)
        let oracle = try Python.run(Places.fixture("observe.py"), paths).split(separator: "\n")
        for (path, line) in zip(paths, oracle) {
            let found = ([path] + Self.summary(path)).joined(separator: " ")
            #expect(found == line)
        }
        #expect(oracle.count == paths.count)
    }

    /// The same words as the oracle's.
    private static func summary(_ path: String) -> [String] {
        // sums of times are beyond 64 bits
        var sums: [String: Int128] = [:]
        func add(_ key: String, _ amount: Int = 1) { sums[key, default: 0] += Int128(amount) }
        do {
            let log = try Observed(path, limit: 1000)
            // Argus's table of ICMP is spelt otherwise: counted alone
            let isArgus = log.format == .argus
            for flow in log.flows {
                if isArgus, [1, 58].contains(flow.key.protocolNumber) {
                    add("icmp")
                    continue
                }
                add("flows")
                add(flow.outcome.name)
                add("start", Int(flow.start.nanoseconds / 1000))
                add("duration", Int((flow.end.nanoseconds - flow.start.nanoseconds + 500) / 1000))
                add("fp", Int(flow.forward.packets))
                add("fo", Int(flow.forward.octets))
                add("bp", Int(flow.backward.packets))
                add("bo", Int(flow.backward.octets))
                if flow.metrics != nil, !isArgus { add("with_metrics") }
            }
            for lookup in log.lookups {
                add("lookups")
                add("name_octets", lookup.name.utf8.count)
                add("codes", lookup.responseCode.map { Int($0) + 1 } ?? 0)
            }
            add("skipped_lines", log.counts.skipped.total)
            add("rejected_lines", log.counts.rejected.total)
        } catch ObservationError.notRecognised {
            add("not_recognised")
        } catch {
            add("\(error)")
        }
        return sums.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map {
            "\($0.key)=\($0.value)"
        }
    }
}
