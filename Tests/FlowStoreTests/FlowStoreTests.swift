import FlowFormats
import FlowStore
import Flows
import Foundation
import NetworkTypes
import Statistics
import TestSupport
import Testing

private let hour: Int64 = 3600
/// 2026-11-23T07:00:00Z
private let seven: Int64 = 1_795_417_200

private func address(_ text: String) -> IPAddress { IPAddress(text) ?? IPAddress(ipv4: 0) }

private func time(_ seconds: Int64, _ nanoseconds: Int64 = 0) -> Timestamp {
    Timestamp(nanoseconds: seconds * 1_000_000_000 + nanoseconds)
}

private func flow(
    at seconds: Int64, from: String = "10.0.0.1", port: UInt16 = 443, application: String = "SSL"
) -> StoredFlow {
    let key = FlowKey(
        initiator: FlowEnd(address: address(from), port: 50_000),
        responder: FlowEnd(address: address("2001:db8::1"), port: port), protocolNumber: 6)
    return StoredFlow(
        ObservedFlow(
            key: key, start: time(seconds - 2), end: time(seconds), application: application,
            outcome: .established, forward: .init(packets: 3, octets: 300),
            backward: .init(packets: 4, octets: 4000)))
}

/// Flows with everything that a flow can have, alike for one seed; times in whole microseconds.
private func varied(_ count: Int, seed: UInt64, hours: Int = 3) -> [StoredFlow] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { index in
        var stored = flow(
            at: seven + Int64(random.index(below: hours * 3600)),
            from: "10.0.\(random.index(below: 3)).\(random.index(below: 200))",
            port: [53, 80, 443, 65535][random.index(below: 4)],
            application: ["DNS", "HTTP", "SSL", "a\u{1F600}b"][random.index(below: 4)])
        stored.flow.end = Timestamp(
            nanoseconds: stored.flow.end.nanoseconds + Int64(random.index(below: 1_000_000)) * 1000)
        if index % 3 > 0 {
            var metrics = [9 of Double](repeating: 0)
            for metric in metrics.indices {
                metrics[metric] = Double(random.index(below: 1 << 50)) / 7
            }
            stored.flow.metrics = metrics
            stored.score = Double(random.index(below: 1000)) / 3
            stored.tier = Int8(random.index(below: 6))
        }
        if index % 7 == 0 {
            stored.flow.began = Timestamp(
                nanoseconds: stored.flow.start.nanoseconds - 86_400_000_000_000)
        }
        stored.flow.isOpen = index % 5 == 0
        stored.flow.serverName = index % 2 == 0 ? "host\(index).example" : nil
        stored.flow.direction = FlowDirection.allCases[index % 5]
        stored.flow.outcome = FlowOutcome.allCases[index % 5]
        stored.flow.scope = index % 4 == 0 ? "lab, \"west\"" : ""
        stored.flow.backward.octets = UInt64(random.index(below: 1 << 53))
        return stored
    }
}

private func found(
    _ folder: String, _ change: (inout FlowSearch) -> Void = { _ in }
) throws
    -> (flows: [StoredFlow], outcome: FlowSearch.Outcome)
{
    var search = FlowSearch(limit: .max)
    change(&search)
    var flows: [StoredFlow] = []
    let outcome = try search.run(in: folder) {
        flows.append($0)
        return true
    }
    return (flows, outcome)
}

private func byEnd(_ flows: [StoredFlow]) -> [StoredFlow] {
    flows.sorted {
        ($0.flow.end, $0.flow.start, $0.flow.key.initiator)
            < ($1.flow.end, $1.flow.start, $1.flow.key.initiator)
    }
}

struct FlowStoreTests {
    @Test func `flows lie in files of the hour in which they ended`() throws {
        let folder = try TemporaryFolder()
        var store = try FlowArchive(.init(folder: folder.file("a/flows")))
        for seconds in [seven - 1, seven, seven + hour - 1, seven + hour, -1] {
            try store.append(flow(at: seconds))
        }
        try store.flush()
        try store.append(flow(at: seven + 5))
        try store.flush()
        #expect(
            try folder.names().filter { $0.hasSuffix(".parquet") } == [
                "a/flows/date=1969-12-31/hour=23/part-0.parquet",
                "a/flows/date=2026-11-23/hour=06/part-0.parquet",
                "a/flows/date=2026-11-23/hour=07/part-0.parquet",
                "a/flows/date=2026-11-23/hour=07/part-1.parquet",
                "a/flows/date=2026-11-23/hour=08/part-0.parquet",
            ])
        #expect(store.counts.written == 6 && store.counts.parts == 5 && store.buffered == 0)
        // nothing but folders and whole files
        #expect(try folder.names().allSatisfy { !$0.contains("tmp") && !$0.contains("partial") })
    }

    @Test func `what was stored is found again, every value of it`() throws {
        let folder = try TemporaryFolder()
        var configuration = FlowArchive.Configuration(folder: folder.path)
        configuration.bufferedFlows = 700
        configuration.flowsPerPart = 100
        var store = try FlowArchive(configuration)
        let flows = varied(2500, seed: 5)
        for flow in flows {
            try store.append(flow)
            #expect(store.buffered < 700)
        }
        try store.flush()
        let (again, outcome) = try found(folder.path)
        #expect(byEnd(again) == byEnd(flows))
        #expect(outcome.found == 2500 && outcome.rows == 2500 && outcome.damagedCount == 0)
        #expect(outcome.parts == Int(store.counts.parts))
    }

    @Test func `other tools read the files`() throws {
        let folder = try TemporaryFolder()
        var store = try FlowArchive(.init(folder: folder.path))
        let flows = varied(400, seed: 8)
        for flow in flows { try store.append(flow) }
        try store.flush()
        let script = """
            import sys, pyarrow.dataset as d, pyarrow.parquet as q, pyarrow.compute as c, glob
            t = d.dataset(sys.argv[1], partitioning='hive').to_table()
            f = sorted(glob.glob(sys.argv[1] + '/**/*.parquet', recursive=True))
            m = q.ParquetFile(f[0]).metadata
            print(t.num_rows, sorted(set(t['date'].to_pylist())), sorted(set(t['hour'].to_pylist())))
            print(t.schema.field('flowEndMicroseconds').type, m.row_group(0).column(0).compression)
            print(c.sum(t['responderOctets']).as_py(), t['score'].null_count, t['tier'].null_count)
            print(t['flowrate'].null_count, c.min(t['flowEndMicroseconds']).as_py().isoformat())
            print(sum(w == 'DNS' for w in t['applicationName'].to_pylist()))
            """
        let printed = try Python.run("-c", [script, folder.path]).split(separator: "\n")
        let unscored = flows.count { $0.score == nil }
        let first = flows.map(\.flow.end).min().map { "\($0)".dropLast() } ?? ""
        #expect(printed[0] == "400 ['2026-11-23'] [7, 8, 9]")
        #expect(printed[1] == "timestamp[us, tz=UTC] ZSTD")
        let octets = flows.reduce(0) { $0 + $1.flow.backward.octets }
        #expect(printed[2] == "\(octets) \(unscored) \(unscored)")
        #expect(printed[3] == "\(unscored) \(first)+00:00")
        #expect(printed[4] == "\(flows.count { $0.flow.application == "DNS" })")
    }

    @Test func `what a crash left is removed, what is not ours stays`() throws {
        let folder = try TemporaryFolder()
        let own = "date=2026-11-23/hour=07"
        do {
            var store = try FlowArchive(.init(folder: folder.path))
            try store.append(flow(at: seven))
            try store.flush()
        }
        for name in [
            "\(own)/.part-1.tmp", "\(own)/.part-1.tmp.partial", "\(own)/notes.txt",
            "\(own)/part-01.parquet", "\(own)/part-x.parquet", "README",
        ] { _ = try folder.write("half", to: name) }
        try FileManager.default.createDirectory(
            atPath: folder.file("date=2026-11-24/hour=25"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: folder.file("date=2026-11-24/hour=01"), withIntermediateDirectories: true)
        #expect(try found(folder.path).flows.count == 1)
        var store = try FlowArchive(.init(folder: folder.path))
        #expect(
            try folder.names() == [
                "README", "date=2026-11-23", own, "\(own)/notes.txt", "\(own)/part-0.parquet",
                "\(own)/part-01.parquet", "\(own)/part-x.parquet", "date=2026-11-24",
                "date=2026-11-24/hour=25",
            ])
        try store.append(flow(at: seven + 1))
        try store.flush()
        #expect(folder.has("\(own)/part-1.parquet"))
        #expect(try found(folder.path).flows.count == 2)
    }

    @Test func `files that came after a point in time can be taken back`() throws {
        let folder = try TemporaryFolder()
        var archive = try FlowArchive(.init(folder: folder.file("flows")))
        let first = [flow(at: seven), flow(at: seven + 1), flow(at: seven + hour)]
        for flow in first { try archive.append(flow) }
        try archive.flush()
        let extent = archive.extent
        let octets = archive.octets
        // Another file of an hour that has one, and two of new hours.
        for seconds in [seven + 2, seven + 2 * hour, seven - hour] {
            try archive.append(flow(at: seconds))
        }
        try archive.flush()
        var reopened = try FlowArchive(.init(folder: folder.file("flows")))
        #expect(try reopened.removeFiles(after: extent) == 3)
        #expect(reopened.extent == extent && reopened.octets == octets)
        #expect(try reopened.removeFiles(after: extent) == 0)
        #expect(try FlowArchive(.init(folder: folder.file("flows"))).extent == extent)
        #expect(!folder.has("flows/date=2026-11-23/hour=09"))
        #expect(try reopened.removeFiles(after: .init()) == 2 && reopened.octets == 0)
    }

    @Test func `old hours go, and what is older is not taken`() throws {
        let folder = try TemporaryFolder()
        var configuration = FlowArchive.Configuration(folder: folder.path)
        configuration.retentionSeconds = Int(2 * hour)
        var store = try FlowArchive(configuration)
        for number in Int64(0)..<5 { try store.append(flow(at: seven + number * hour)) }
        try store.flush()
        try store.retain(now: time(seven + 4 * hour + 1))
        #expect(
            try folder.names().filter { $0.hasSuffix(".parquet") }.map { $0.dropLast(15) } == [
                "date=2026-11-23/hour=09", "date=2026-11-23/hour=10", "date=2026-11-23/hour=11",
            ])
        #expect(store.counts.removed == 2)
        try store.append(flow(at: seven))
        try store.append(flow(at: seven + 40 * 24 * hour))
        try store.append(flow(at: seven + 2 * hour))
        #expect(store.counts.tooOld == 1 && store.counts.tooNew == 1 && store.buffered == 1)
        try store.retain(now: time(seven + 900 * hour))
        #expect(try folder.names().isEmpty && store.octets == 0)
    }

    @Test func `the oldest files go when there is too much`() throws {
        let folder = try TemporaryFolder()
        var configuration = FlowArchive.Configuration(folder: folder.path)
        configuration.retentionSeconds = nil
        var store = try FlowArchive(configuration)
        for number in Int64(0)..<4 {
            for part in Int64(0)..<2 {
                try store.append(flow(at: seven + number * hour + part))
                try store.flush()
            }
        }
        let each = store.octets / 8
        configuration.retentionOctets = store.octets - 2 * each - 1
        store = try FlowArchive(configuration)
        #expect(store.octets / 8 == each)
        try store.retain(now: time(0))
        #expect(store.counts.removed == 3 && store.octets <= configuration.retentionOctets ?? 0)
        #expect(
            try found(folder.path).flows.map { ($0.flow.end.nanoseconds / 1_000_000_000 - seven) }
                == [hour + 1, 2 * hour, 2 * hour + 1, 3 * hour, 3 * hour + 1])
        store.configuration.retentionOctets = 1
        try store.retain(now: time(0))
        #expect(try found(folder.path).flows.count == 1)
    }

    @Test func `a disk that takes nothing costs flows, not memory`() throws {
        let folder = try TemporaryFolder()
        var configuration = FlowArchive.Configuration(folder: folder.file("flows"))
        configuration.bufferedFlows = 10
        var store = try FlowArchive(configuration)
        // a file where the folder of the day should be
        let obstacle = try folder.write("", to: "flows/date=2026-11-23")
        var failures = 0
        for number in Int64(0)..<50 {
            do { try store.append(flow(at: seven + number)) } catch { failures += 1 }
        }
        #expect(store.buffered == 20 && store.counts.overflowed == 30 && failures == 41)
        try FileManager.default.removeItem(atPath: obstacle)
        try store.flush()
        #expect(try found(folder.file("flows")).flows.count == 20)
    }
}

struct FlowSearchTests {
    private func store(_ flows: [StoredFlow]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        var configuration = FlowArchive.Configuration(folder: folder.path)
        configuration.flowsPerPart = 64
        var store = try FlowArchive(configuration)
        for flow in flows { try store.append(flow) }
        try store.flush()
        return folder
    }

    @Test func `a search finds what a look at every flow finds`() throws {
        let flows = varied(1500, seed: 11, hours: 6)
        let folder = try store(flows)
        var random = SeededGenerator(seed: 1)
        for round in 0..<60 {
            var search = FlowSearch(limit: .max)
            if random.index(below: 2) == 0 {
                search.from = time(seven + Int64(random.index(below: 21600)), 7)
            }
            if random.index(below: 2) == 0 {
                search.to = time(seven + Int64(random.index(below: 21600)), 501)
            }
            if random.index(below: 2) == 0 {
                search.host = try IPPrefix(
                    ["10.0.1.0/24", "10.0.2.17", "2001:db8::/32"][round % 3])
            }
            if random.index(below: 3) == 0 { search.application = "a\u{1F600}b" }
            if random.index(below: 3) == 0 { search.port = 53 }
            let wanted = flows.filter { stored in
                let key = stored.flow.key
                return search.from.map { stored.flow.end >= $0 } ?? true
                    && search.to.map { stored.flow.end < $0 } ?? true
                    && search.host.map {
                        $0.contains(key.initiator.address) || $0.contains(key.responder.address)
                    } ?? true
                    && search.application.map { stored.flow.application == $0 } ?? true
                    && search.port.map { key.initiator.port == $0 || key.responder.port == $0 }
                        ?? true
            }
            #expect(
                byEnd(try found(folder.path) { $0 = search }.flows) == byEnd(wanted), "\(round)")
        }
    }

    @Test func `only the hours in question are opened, and no more than is wanted`() throws {
        let folder = try store(varied(1500, seed: 12, hours: 6))
        let all = try found(folder.path).outcome
        let one = try found(folder.path) {
            ($0.from, $0.to) = (time(seven + 2 * hour), time(seven + 3 * hour))
        }
        #expect(all.rows == 1500 && one.outcome.rows < 600 && one.outcome.parts < all.parts / 2)
        #expect(one.outcome.found > 100)
        let few = try found(folder.path) { $0.limit = 10 }
        #expect(few.flows.count == 10 && few.outcome.parts == 1)
        var seen = 0
        let outcome = try FlowSearch(limit: 100).run(in: folder.path) { _ in
            seen += 1
            return seen < 3
        }
        #expect(seen == 3 && outcome.found == 3)
    }

    @Test func `a damaged file is told and the others are read`() throws {
        let folder = try store([
            flow(at: seven), flow(at: seven + hour), flow(at: seven + 2 * hour),
        ])
        let name = "date=2026-11-23/hour=08/part-0.parquet"
        let octets = try folder.octets(name)
        _ = try folder.write(Array(octets.dropLast(octets.count / 2)), to: name)
        let (flows, outcome) = try found(folder.path)
        #expect(flows.count == 2 && outcome.damagedCount == 1 && outcome.damaged.count == 1)
        #expect(try found(folder.file("absent")).flows.isEmpty)
    }
}
