/// Sorts doubles ascending by the bits of their values, keeping its memory between calls.
///
/// The key of a double is its bit pattern, turned round for negative values so that unsigned order is
/// numeric order. Zeros, which are most of many flow metrics, are only counted; zeros of both signs
/// are one value, `+0`. The smallest key is subtracted and zeros at the end that all keys share are cut
/// off, which leaves few bits of whole numbers and narrow ranges.
///
/// A least-significant-digit radix sort by the 30 highest bits puts all but a few keys in order. Groups
/// of keys that agree in so many bits are then sorted in the same way by the bits left.
///
/// - Complexity: O(n), three passes as a rule, seven at most; 24 octets of memory a value.
package struct RadixSorter: ~Copyable {
    /// The keys are the first `count`; what stands behind them is left from larger samples.
    private var keys: [UInt64] = []
    private var spare: [UInt64] = []
    private var count = 0
    /// The finite values last sorted, ascending.
    package private(set) var sorted: [Double] = []

    private static let digitBits: UInt64 = 10
    /// Three digits leave few keys that need more.
    private static let bitsAtOnce: UInt64 = 30
    /// Fewer keys are sorted by comparison.
    private static let smallCount = 256

    package init() {}

    /// Puts the finite values among `values` into `sorted`, ascending. Others are left out.
    ///
    /// - Precondition: There are fewer than 2^32 values.
    package mutating func sortFinite(_ values: Span<Double>) {
        precondition(values.count <= UInt32.max, "too many values")
        let zeros = takeKeys(values)
        if spare.count < keys.count { spare = [UInt64](repeating: 0, count: keys.count) }
        radixSort(0..<count)
        writeSorted(zeros: zeros)
    }

    /// Fills `keys` from the finite values that are not zero and returns the number of zeros.
    private mutating func takeKeys(_ values: Span<Double>) -> Int {
        if keys.count < values.count {
            keys = [UInt64](repeating: 0, count: values.count)
            spare = []
        }
        var (kept, zeros) = (0, 0)
        // SAFETY: no more keys are kept than there are values, for each of which there is room.
        unsafe keys.withUnsafeMutableBufferPointer { keys in
            for index in values.indices {
                let value = values[index]
                // written first and counted then: a branch would be mispredicted half of the time
                unsafe keys[kept] = Self.key(value)
                kept += value.isFinite && value != 0 ? 1 : 0
                zeros += value == 0 ? 1 : 0
            }
        }
        count = kept
        return zeros
    }

    /// Turns the sorted keys back into values, with zeros between the negative and the positive ones.
    private mutating func writeSorted(zeros: Int) {
        let total = count + zeros
        sorted.removeLast(max(0, sorted.count - total))
        sorted.append(contentsOf: repeatElement(0, count: total - sorted.count))
        let negatives = firstIndex(notBelow: Self.key(0))
        for index in 0..<negatives { sorted[index] = Self.value(keys[index]) }
        for index in negatives..<(negatives + zeros) { sorted[index] = 0 }
        for index in negatives..<count { sorted[index + zeros] = Self.value(keys[index]) }
    }

    /// Sorts the keys of a range: by their highest bits, then what is left to do.
    private mutating func radixSort(_ range: Range<Int>) {
        guard range.count > Self.smallCount else {
            keys[range].sort()
            return
        }
        let first = keys[range.lowerBound]
        var (least, greatest) = (first, first)
        var differing: UInt64 = 0
        for index in range {
            least = min(least, keys[index])
            greatest = max(greatest, keys[index])
            differing |= keys[index] ^ first
        }
        if differing == 0 { return }
        let low = UInt64(differing.trailingZeroBitCount)
        let top = UInt64(64 - (greatest - least).leadingZeroBitCount)
        let middle = top - low > Self.bitsAtOnce ? top - Self.bitsAtOnce : low
        sort(range, byBits: middle, top, above: least)
        if middle > low { sortGroups(range, withEqualBitsFrom: middle, above: least) }
    }

    /// Sorts each group of keys that agree in the bits sorted by and are not in order yet.
    private mutating func sortGroups(
        _ range: Range<Int>, withEqualBitsFrom low: UInt64, above least: UInt64
    ) {
        var index = range.lowerBound + 1
        while index < range.upperBound {
            if keys[index] >= keys[index - 1] {
                index += 1
                continue
            }
            let bits = (keys[index] - least) >> low
            var start = index - 1
            while start > range.lowerBound, (keys[start - 1] - least) >> low == bits { start -= 1 }
            while index < range.upperBound, (keys[index] - least) >> low == bits { index += 1 }
            radixSort(start..<index)
        }
    }

    /// Sorts by the bits `low..<top` of what keys are above `least`; the order of equals is kept.
    private mutating func sort(
        _ range: Range<Int>, byBits low: UInt64, _ top: UInt64, above least: UInt64
    ) {
        let passes = (top - low + Self.digitBits - 1) / Self.digitBits
        let width = (top - low + passes - 1) / passes
        let mask: UInt64 = (1 << width) - 1
        var histograms = [UInt32](repeating: 0, count: Int(passes << width))
        for index in range {
            var rest = (keys[index] - least) >> low
            for pass in 0..<passes {
                histograms[Int(pass << width | rest & mask)] += 1
                rest >>= width
            }
        }
        for pass in 0..<passes {
            var place = UInt32(range.lowerBound)
            for bucket in Int(pass << width)..<Int((pass + 1) << width) {
                (histograms[bucket], place) = (place, place + histograms[bucket])
            }
            let (shift, base) = (low + pass * width, pass << width)
            // SAFETY: digits are at most `mask`, and each index of the range is written to once,
            // because the running places come from the histogram of the same keys.
            unsafe histograms.withUnsafeMutableBufferPointer { places in
                unsafe spare.withUnsafeMutableBufferPointer { target in
                    for index in range {
                        let key = keys[index]
                        let bucket = Int(base | ((key - least) >> shift) & mask)
                        let place = unsafe places[bucket]
                        unsafe places[bucket] = place + 1
                        unsafe target[Int(place)] = key
                    }
                }
            }
            swap(&keys, &spare)
        }
        // of a part of the keys, the rest must stay where it is
        if passes % 2 == 1, range.count < count {
            swap(&keys, &spare)
            for index in range { keys[index] = spare[index] }
        }
    }

    private static func key(_ value: Double) -> UInt64 {
        let bits = value.bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }

    private func firstIndex(notBelow bound: UInt64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
