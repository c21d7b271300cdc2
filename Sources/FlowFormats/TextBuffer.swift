/// Text on its way to a file: octets in memory that is used again and again.
///
/// Numbers are written in place, so that a row of a table costs no allocation.
@safe struct TextBuffer: ~Copyable {
    /// The octets in the buffer.
    private(set) var count = 0
    private var capacity: Int
    // SAFETY: points at `capacity` octets of our own until `deinit`; the first `count` are written. Every write
    // comes after `reserve`.
    private var octets: UnsafeMutablePointer<UInt8>

    init(capacity: Int = 1 << 16) {
        self.capacity = max(64, capacity)
        unsafe octets = .allocate(capacity: self.capacity)
    }

    deinit { unsafe octets.deallocate() }

    mutating func removeAll() { count = 0 }

    /// The octets as an array, for those who keep them.
    var contents: [UInt8] { unsafe Array(UnsafeBufferPointer(start: octets, count: count)) }

    /// Hands the octets to `body`, which must not keep them.
    func withOctets<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe try body(UnsafeRawBufferPointer(start: octets, count: count))
    }

    @inline(__always)
    mutating func append(_ octet: UInt8) {
        reserve(1)
        unsafe octets[count] = octet
        count += 1
    }

    mutating func append(_ text: String) {
        let text = text.utf8Span.span
        append(text)
    }

    mutating func append(_ text: Span<UInt8>) {
        reserve(text.count)
        unsafe text.withUnsafeBufferPointer { source in
            if let base = source.baseAddress {
                unsafe (octets + count).update(from: base, count: source.count)
            }
        }
        count += text.count
    }

    @inline(__always)
    mutating func append(_ number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        append(number.magnitude)
    }

    @inline(__always)
    mutating func append(_ number: UInt64) {
        if number < 10 { return append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        appendDigits(number)
    }

    private mutating func appendDigits(_ number: UInt64) {
        reserve(Self.longestNumber)
        unsafe count = Self.write(number, at: octets + count) - octets
    }

    /// The lowest `digits` decimal digits of a number, with zeros in front.
    mutating func append(_ number: UInt64, digits: Int) {
        if digits > 8 {
            append(number / 100_000_000, digits: digits - 8)
            return append(number % 100_000_000, digits: 8)
        }
        if digits <= 0 { return }
        reserve(8)
        let eight = Self.eightDigits(number % 100_000_000) >> UInt64(8 * (8 - digits))
        unsafe Self.store(eight, at: octets + count)
        count += digits
    }

    /// How many decimal digits a number has.
    @inline(__always)
    static func digitCount(_ number: UInt64) -> Int {
        var digits = 1
        var rest = number
        while rest >= 10_000 {
            rest /= 10_000
            digits += 4
        }
        return digits + (rest >= 10 ? 1 : 0) + (rest >= 100 ? 1 : 0) + (rest >= 1000 ? 1 : 0)
    }

    /// Hands the place behind the last octet to `body`, which writes `room` octets at most and gives the place
    /// behind those that count.
    @inline(__always)
    mutating func append(
        room: Int, _ body: (UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8>
    ) {
        reserve(room)
        let end = unsafe body(octets + count)
        count = unsafe end - octets
        precondition(count <= capacity, "written behind the end of a text")
    }

    /// Makes room for `more` octets.
    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(by: more) }
    }

    @inline(never)
    private mutating func grow(by more: Int) {
        let larger = max(2 * capacity, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        unsafe moved.update(from: octets, count: count)
        unsafe octets.deallocate()
        unsafe octets = moved
        capacity = larger
    }
}
