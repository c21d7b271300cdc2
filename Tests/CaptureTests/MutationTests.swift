import Capture
import Statistics
import Testing
import Wire

struct MutationTests {
    static let seed: UInt64 = 20_261_122

    @Test func `twenty thousand damaged files are read to an end, as far as libpcap and further`() {
        var random = SeededGenerator(seed: Self.seed)
        let samples =
            SampleCaptures.all + SampleCaptures.all.map { Packing.gzip.pack($0) }
            + [Packing.zstd.pack(SampleCaptures.all[0]), Packing.lz4.pack(SampleCaptures.all[3])]
        var (damaged, frames) = (0, 0)
        for round in 0..<20_000 {
            let index = random.index(below: samples.count)
            let octets = Self.mutate(samples[index], &random)
            let capacity = 1 + random.index(below: 9)
            let (read, differences) = MemoryFile.with(octets) { path in
                let read = ReadCapture(path, capacity: capacity)
                guard index < SampleCaptures.all.count else { return (read, []) }
                return (read, SharedCaptureTests.differences(read, LibpcapReading(path)))
            }
            damaged += read.errors.isEmpty ? 0 : 1
            frames += read.frames.count
            if read.errors.count > 1 || !differences.isEmpty {
                Issue.record("seed \(Self.seed), round \(round), sample \(index): \(differences)")
            }
        }
        #expect(damaged > 5000 && frames > 20_000)
    }

    static func mutate(_ sample: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var octets = sample
        for _ in 0...random.index(below: 4) {
            let place = random.index(below: octets.count)
            switch random.index(below: 6) {
            case 0: octets[place] ^= 1 << UInt8(random.index(below: 8))
            case 1: octets[place] = [0, 1, 0x7f, 0x80, 0xff][random.index(below: 5)]
            case 2:
                for index in place..<min(place + 4, octets.count) {
                    octets[index] = UInt8(truncatingIfNeeded: random.next())
                }
            case 3:
                octets.removeSubrange(
                    place..<min(place + 1 + random.index(below: 12), octets.count))
            case 4:
                octets.insert(contentsOf: octets[place..<min(place + 16, octets.count)], at: place)
            default: if random.index(below: 4) == 0 { octets.removeSubrange(place...) }
            }
            if octets.isEmpty { return [0] }
        }
        return octets
    }
}
