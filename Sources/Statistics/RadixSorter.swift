/// Sorts doubles ascending by the bits of their values, keeping its memory between calls.
///
/// The key of a double is its bit pattern, turned round for negative values so that unsigned order is
/// numeric order; keys are sorted by a least-significant-digit radix sort that skips digits in which
/// all keys agree (whole numbers, narrow ranges) and leaves out zeros, which are most of many flow
/// metrics. Zeros of both signs are one value, `+0`.
///
/// - Complexity: O(n), at most eight passes; 16 octets of memory a value.
package struct RadixSorter: ~Copyable {
    private var keys: [UInt64] = []
    private var spare: [UInt64] = []
    /// The finite values last sorted, ascending.
    package private(set) var sorted: [Double] = []

    package init() {}

    /// Puts the finite values among `values` into `sorted`, ascending. Others are left out.
    package mutating func sortFinite(_ values: Span<Double>) {
        keys.removeAll(keepingCapacity: true)
        keys.reserveCapacity(values.count)
        var zeros = 0
        for index in values.indices {
            let value = values[index]
            if value == 0 {
                zeros += 1
            } else if value.isFinite {
                keys.append(Self.key(value))
            }
        }
        if keys.count > 256 { radixSort() } else { keys.sort() }
        sorted.removeAll(keepingCapacity: true)
        sorted.reserveCapacity(keys.count + zeros)
        let negatives = Self.firstIndex(notBelow: Self.key(0), in: keys)
        for index in 0..<negatives { sorted.append(Self.value(keys[index])) }
        sorted.append(contentsOf: repeatElement(0, count: zeros))
        for index in negatives..<keys.count { sorted.append(Self.value(keys[index])) }
    }

    private mutating func radixSort() {
        let count = keys.count
        if spare.count < count { spare = [UInt64](repeating: 0, count: count) }
        var histograms = [Int](repeating: 0, count: 8 * 256)
        // SAFETY: digits are below 256, and each pass writes every index below `count` once, because
        // the running offsets come from the histogram of the same keys.
        unsafe histograms.withUnsafeMutableBufferPointer { histogram in
            unsafe keys.withUnsafeMutableBufferPointer { first in
                unsafe spare.withUnsafeMutableBufferPointer { second in
                    for index in 0..<count {
                        var rest = unsafe first[index]
                        for digit in 0..<8 {
                            unsafe histogram[digit << 8 | Int(rest & 255)] += 1
                            rest >>= 8
                        }
                    }
                    var source = unsafe first
                    var target = unsafe second
                    for digit in 0..<8 {
                        let shift = UInt64(digit * 8)
                        let firstBucket = unsafe digit << 8 | Int((source[0] >> shift) & 255)
                        if unsafe histogram[firstBucket] == count { continue }
                        var offset = 0
                        for bucket in (digit << 8)..<((digit + 1) << 8) {
                            let size = unsafe histogram[bucket]
                            unsafe histogram[bucket] = offset
                            offset += size
                        }
                        for index in 0..<count {
                            let key = unsafe source[index]
                            let bucket = digit << 8 | Int((key >> shift) & 255)
                            let place = unsafe histogram[bucket]
                            unsafe target[place] = key
                            unsafe histogram[bucket] = place + 1
                        }
                        unsafe swap(&source, &target)
                    }
                    if unsafe source.baseAddress != first.baseAddress {
                        for index in 0..<count { unsafe first[index] = unsafe source[index] }
                    }
                }
            }
        }
    }

    private static func key(_ value: Double) -> UInt64 {
        let bits = value.bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    private static func value(_ key: UInt64) -> Double {
        Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key)
    }

    private static func firstIndex(notBelow bound: UInt64, in keys: [UInt64]) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
