import Statistics
import Testing

struct HyperLogLogTests {
    private static func sketch(_ keys: some Sequence<UInt64>, precision: Int = 10) -> HyperLogLog {
        var sketch = HyperLogLog(precision: precision)
        for key in keys { sketch.add(key) }
        return sketch
    }

    @Test func `up to sixteen keys are counted exactly in about 100 octets`() {
        for precision in 4...14 {
            var sketch = HyperLogLog(precision: precision)
            #expect(sketch.isEmpty && sketch.count == 0 && sketch.heapOctets == 0)
            for key in 1...UInt64(HyperLogLog.exactLimit) {
                var changed = sketch.add(key * 7919)
                #expect(changed)
                changed = sketch.add(key * 7919)
                #expect(!changed)
                #expect(sketch.count == Double(key))
            }
            #expect(sketch.heapOctets <= 112)
            sketch.add(1)
            #expect(abs(sketch.count - 17) < 17)
            #expect(sketch.heapOctets <= HyperLogLog.largestHeapOctets(precision: precision))
        }
    }

    @Test(arguments: [4, 6, 8, 10, 12, 14])
    func `the error is the published one at every size`(precision: Int) {
        let error = 1.04 / Double(1 << precision).squareRoot()
        for size in [17, 30, 100, 300, 1000, 3000, 10_000, 40_000] {
            var (squares, sum) = (0.0, 0.0)
            let trials = 40
            for trial in 0..<trials {
                var sketch = HyperLogLog(precision: precision, seed: UInt64(trial))
                for key in 0..<UInt64(size) { sketch.add(key) }
                let relative = sketch.count / Double(size) - 1
                (squares, sum) = (squares + relative * relative, sum + relative)
            }
            #expect((squares / Double(trials)).squareRoot() < 1.45 * error, "\(size) keys")
            #expect(abs(sum / Double(trials)) < 0.65 * error, "\(size) keys")
        }
    }

    @Test(arguments: [(3, 5), (10, 12), (4, 400), (400, 4), (300, 900), (16, 0), (0, 200)])
    func `merged in any order and with repetitions it equals the whole to the bit`(
        sizes: (Int, Int)
    ) {
        var generator = SeededGenerator(seed: 3)
        let keys = (0..<(sizes.0 + sizes.1)).map { _ in generator.next() }
        for precision in [4, 8, 14] {
            let whole = Self.sketch(keys.reversed() + keys, precision: precision)
            let one = Self.sketch(keys.prefix(sizes.0), precision: precision)
            let other = Self.sketch(keys.dropFirst(sizes.0 / 2), precision: precision)
            for (left, right) in [(one, other), (other, one)] {
                var merged = left
                merged.merge(right)
                #expect(merged == whole)
            }
        }
    }

    @Test func `what is written is read again, and nothing else`() throws {
        for size in [0, 5, 16, 17, 2000] {
            let sketch = Self.sketch(0..<UInt64(size))
            var writer = ByteWriter()
            sketch.encode(into: &writer)
            var reader = ByteReader(writer.bytes)
            #expect(try HyperLogLog(decoding: &reader, precision: 10) == sketch)
            #expect(reader.available == 0)
            for length in writer.bytes.indices {
                var cut = ByteReader(Array(writer.bytes.prefix(length)))
                #expect(throws: ByteReader.Failure.self) {
                    try HyperLogLog(decoding: &cut, precision: 10)
                }
            }
        }
        var dense = ByteWriter()
        Self.sketch(0..<40).encode(into: &dense)
        var wrong = ByteReader(dense.bytes)
        #expect(throws: ByteReader.Failure.damaged("a HyperLogLog of the wrong size")) {
            try HyperLogLog(decoding: &wrong, precision: 9)
        }
    }

    @Test func `another seed is another sketch`() {
        var one = HyperLogLog(precision: 8, seed: 1)
        var other = HyperLogLog(precision: 8, seed: 2)
        for key in 0..<UInt64(500) {
            one.add(key)
            other.add(key)
        }
        #expect(one != other && one.count != other.count)
    }
}
