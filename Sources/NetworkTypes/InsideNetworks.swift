/// What counts as inside: everything that is not global, and the operator's own prefixes.
///
/// - Complexity: one question costs a binary search in the own prefixes, which are kept sorted and
///   merged; none if there are none.
package struct InsideNetworks: Sendable {
    /// The prefixes as the operator gave them.
    package let prefixes: [IPPrefix]

    /// The addresses they cover: ascending and disjoint.
    private let ranges: [ClosedRange<IPAddress>]

    package init(_ prefixes: [IPPrefix] = []) {
        self.prefixes = prefixes
        var ranges: [ClosedRange<IPAddress>] = []
        for prefix in prefixes.sorted(by: { $0.first < $1.first }) {
            if let previous = ranges.last, prefix.first <= previous.upperBound {
                ranges[ranges.count - 1] =
                    previous.lowerBound...max(previous.upperBound, prefix.last)
            } else {
                ranges.append(prefix.first...prefix.last)
            }
        }
        self.ranges = ranges
    }

    /// Whether the address lies outside: global by IANA's registries and in none of the own prefixes.
    package func isPublic(_ address: IPAddress) -> Bool {
        address.isGlobal && !isOwn(address)
    }

    /// Whether one of the operator's prefixes covers the address.
    package func isOwn(_ address: IPAddress) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < address { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= address
    }
}

/// The original's rule, a test of the text: kept for comparison with its results.
///
/// Private is what starts with `10.`, `192.168`, or `172.16.` to `172.31.`. Everything else is public:
/// loopback, link-local, multicast, `192.1680` and every IPv6 address included.
package enum ClassicAddressRule {
    package static func isPublic(_ text: Span<UInt8>) -> Bool {
        !(starts(text, "10.") || starts(text, "192.168") || isIn172(text))
    }

    private static func isIn172(_ text: Span<UInt8>) -> Bool {
        guard text.count >= 7, starts(text, "172."), text[6] == UInt8(ascii: ".") else {
            return false
        }
        switch (text[4], text[5]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "6")...UInt8(ascii: "9")): return true
        case (UInt8(ascii: "2"), UInt8(ascii: "0")...UInt8(ascii: "9")): return true
        case (UInt8(ascii: "3"), UInt8(ascii: "0")...UInt8(ascii: "1")): return true
        default: return false
        }
    }

    private static func starts(_ text: Span<UInt8>, _ prefix: StaticString) -> Bool {
        guard text.count >= prefix.utf8CodeUnitCount else { return false }
        // SAFETY: the literals above are stored as UTF-8, and indices stay below their count.
        let start = unsafe prefix.utf8Start
        for index in 0..<prefix.utf8CodeUnitCount where unsafe text[index] != start[index] {
            return false
        }
        return true
    }
}
