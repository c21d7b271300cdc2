import Statistics
import Testing

struct CountMinSketchTests {
    @Test func `sums are never too small and seldom over by more than the bound`() {
        var sketch = CountMinSketch(rows: 4, columns: 1024, seed: 5)
        var exact: [UInt64: Double] = [:]
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<50_000 {
            let key = UInt64(20_000 * generator.uniform() * generator.uniform())
            let amount = Double(1 + generator.index(below: 1500))
            exact[key, default: 0] += amount
            let sum = sketch.add(key, amount)
            #expect(sum >= exact[key]!)
        }
        #expect(sketch.total == exact.values.reduce(0, +))
        let over = exact.count { sketch.sum($0.key) - $0.value > 2.72 / 1024 * sketch.total }
        #expect(exact.allSatisfy { sketch.sum($0.key) >= $0.value })
        #expect(Double(over) < 0.0183 * Double(exact.count))
    }

    @Test func `merging in any order equals the whole to the bit`() {
        var generator = SeededGenerator(seed: 2)
        let input = (0..<9000).map { _ in
            (UInt64(generator.index(below: 700)), Double(generator.index(below: 100_000)))
        }
        var whole = CountMinSketch(columns: 256)
        var parts = [CountMinSketch](repeating: whole, count: 3)
        for (index, (key, amount)) in input.enumerated() {
            whole.add(key, amount)
            parts[index % 3].add(key, amount)
        }
        for order in [[0, 1, 2], [2, 1, 0]] {
            var merged = CountMinSketch(columns: 256)
            for part in order { merged.merge(parts[part]) }
            #expect(merged == whole)
        }
    }

    @Test func `decay scales every sum`() {
        var sketch = CountMinSketch()
        sketch.add(1, 100)
        sketch.decay(by: 0.5)
        sketch.add(2, 8)
        #expect(sketch.sum(1) == 50 && sketch.sum(2) == 8 && sketch.total == 58)
        #expect(sketch.sum(3) == 0)
    }

    @Test func `what is written is read again, and nothing else`() throws {
        var sketch = CountMinSketch(rows: 2, columns: 8)
        for key in 0..<UInt64(30) { sketch.add(key, Double(key) / 3) }
        var writer = ByteWriter()
        sketch.encode(into: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try CountMinSketch(decoding: &reader, rows: 2, columns: 8) == sketch)
        var cut = ByteReader(Array(writer.bytes.dropLast()))
        #expect(throws: ByteReader.Failure.truncated(needed: 8, available: 7)) {
            try CountMinSketch(decoding: &cut, rows: 2, columns: 8)
        }
        var wrong = ByteWriter()
        for _ in 0...16 { wrong.add(Double.nan) }
        var damaged = ByteReader(wrong.bytes)
        #expect(throws: ByteReader.Failure.damaged("a number out of range")) {
            try CountMinSketch(decoding: &damaged, rows: 2, columns: 8)
        }
    }
}
