import Baselines
import Flows
import Statistics
import TestSupport
import Testing

/// Members of the populations `codes`, rows numbered from `firstRow`, one metric equal to the row.
private func members(_ codes: [UInt32], firstRow: UInt32 = 0) -> PopulationBuilder.Members {
    var members = PopulationBuilder.Members(metricCount: 1)
    members.populations = codes
    members.rows = codes.indices.map { firstRow + UInt32($0) }
    members.directions = members.rows.map { $0 % 2 == 0 ? .inbound : .outbound }
    members.holdouts = members.rows.map { UInt8($0 % 10) }
    members.publicEnds = members.rows.map { $0 * 3 }
    members.columns = [members.rows.map(Double.init)]
    return members
}

private func table(_ chunks: [[UInt32]], names: [String]) -> PopulationTable {
    var builder = PopulationBuilder(metrics: ["row"])
    var row: UInt32 = 0
    for chunk in chunks {
        builder.append(members(chunk, firstRow: row))
        row += UInt32(chunk.count)
    }
    return builder.finish(names: names)
}

struct PopulationBuilderTests {
    @Test func `members of one population stand side by side in input order`() {
        let table = table([[0, 1, 0], [1, 1, 0, 1]], names: ["DNS", "HTTP"])
        #expect(
            table.populations == [
                .init(name: "HTTP", members: 0..<4), .init(name: "DNS", members: 4..<7),
            ])
        #expect(table.rows == [1, 3, 4, 6, 0, 2, 5])
        #expect(table.columns == [[1, 3, 4, 6, 0, 2, 5]])
        #expect(table.holdouts == [1, 3, 4, 6, 0, 2, 5])
        #expect(table.publicEnds == [3, 9, 12, 18, 0, 6, 15])
        #expect(
            table.directions == [
                .outbound, .outbound, .inbound, .inbound, .inbound, .inbound, .outbound,
            ])
    }

    @Test func `equal counts are ranked by name, descending`() {
        let names = ["b", "C", "a", "é", "none"]
        let table = table([[0, 1, 2, 3, 3, 2, 1, 0]], names: names)
        #expect(table.populations.map(\.name) == ["é", "b", "a", "C"])
    }

    @Test func `grouping a thousand random chunks equals sorting`() {
        for seed in 1...20 as ClosedRange<UInt64> {
            var random = SeededGenerator(seed: seed)
            let names = (0..<30).map { "app\($0)" }
            let chunks = (0..<random.index(below: 50)).map { _ in
                (0..<random.index(below: 40)).map { _ in UInt32(random.index(below: 30)) }
            }
            let codes = chunks.flatMap { $0 }
            let table = table(chunks, names: names)
            var counts: [UInt32: Int] = [:]
            for code in codes { counts[code, default: 0] += 1 }
            let order = codes.indices.sorted { first, second in
                let (a, b) = (codes[first], codes[second])
                if a == b { return first < second }
                return counts[a]! != counts[b]!
                    ? counts[a]! > counts[b]! : names[Int(a)] > names[Int(b)]
            }
            #expect(table.rows.map(Int.init) == order, "seed \(seed)")
            #expect(table.populations.map(\.members.count).reduce(0, +) == codes.count)
        }
    }

    @Test func `each metric keeps its own values, and the builder is empty afterwards`() {
        var builder = PopulationBuilder(metrics: ["a", "b", "c"])
        for first in [0, 3] as [UInt32] {
            var chunk = members([1, 0, 1], firstRow: first)
            chunk.columns = [10, 20, 30].map { factor in chunk.rows.map { Double($0) * factor } }
            builder.append(chunk)
        }
        let table = builder.finish(names: ["DNS", "HTTP"])
        #expect(table.rows == [0, 2, 3, 5, 1, 4])
        #expect(table.columns == [10, 20, 30].map { f in [0, 2, 3, 5, 1, 4].map { $0 * f } })
        #expect(builder.finish(names: ["DNS", "HTTP"]).count == 0)
    }

    @Test func `no members, no populations`() {
        let table = table([[], []], names: ["DNS"])
        #expect(table.count == 0 && table.populations.isEmpty && table.ranking.isEmpty)
    }
}

struct PopulationRankTests {
    @Test func `shares add up and likelihoods are rounded half up`() {
        let ranking = table([[0, 0, 0, 0, 0, 1, 1, 2]], names: ["HTTP", "DNS", "SSH"]).ranking
        #expect(ranking.map(\.rank) == [1, 2, 3])
        #expect(ranking.map(\.name) == ["HTTP", "DNS", "SSH"])
        #expect(ranking.map(\.share) == [0.625, 0.25, 0.125])
        #expect(ranking.map(\.cumulativeShare) == [0.625, 0.875, 1])
        #expect(ranking.map(\.inverseLikelihood) == [2, 4, 8])
    }

    @Test func `one in two and a half is one in three`() {
        #expect(
            table([[0, 0, 1, 1, 2]], names: ["a", "b", "c"]).ranking.map(\.inverseLikelihood) == [
                3, 3, 5,
            ])
    }

    @Test func `the cumulative share never exceeds one`() {
        let names = (0..<97).map(String.init)
        let ranking = table([(0..<97).map(UInt32.init)], names: names).ranking
        #expect(ranking.allSatisfy { $0.cumulativeShare <= 1 })
        #expect(abs(ranking[96].cumulativeShare - 1) < 1e-12)
    }
}

struct PopulationSummaryTests {
    @Test func `a population is summarised without its neighbours`() throws {
        let table = table([[0, 1, 0, 1, 1]], names: ["DNS", "HTTP"])
        var sorter = RadixSorter()
        let http = try #require(table.summary(metric: 0, population: 0, sorter: &sorter))
        #expect(http.count == 3 && http.minimum == 1 && http.maximum == 4 && http.median == 3)
        let dns = try #require(table.summary(metric: 0, population: 1, sorter: &sorter))
        #expect(dns.count == 2 && dns.mean == 1)
    }
}
