/// IEEE 802.11. Only whole, unencrypted data frames of one packet are followed.
extension LinkHeaders {
    /// A radiotap header (radiotap.org) before an 802.11 frame. Its numbers are little-endian.
    mutating func radiotap(_ octets: RawSpan) -> Network {
        guard octets.byteCount >= 8 else { return .malformed(.shortLinkHeader) }
        let length = Int(octets.word16(2).byteSwapped)
        guard octets.word8(0) == 0, length >= 8 else { return .malformed(.badLinkHeader) }
        guard length <= octets.byteCount else { return .malformed(.shortLinkHeader) }
        return wlan(octets, at: length, padded: isPadded(octets, length: length))
    }

    /// Whether the flags field says that the 802.11 header is filled up to a multiple of four octets.
    private func isPadded(_ octets: RawSpan, length: Int) -> Bool {
        let present = octets.word32(4).byteSwapped
        guard present & 2 != 0 else { return false }
        var field = 4
        while octets.word32(field).byteSwapped >> 31 == 1 {
            field += 4
            guard field + 4 <= length else { return false }
        }
        field += 4
        if present & 1 != 0 { field = (field + 7) & ~7 + 8 }
        return field < length && octets.word8(field) & 0x20 != 0
    }

    mutating func wlan(_ octets: RawSpan, at offset: Int, padded: Bool) -> Network {
        guard octets.byteCount - offset >= 2 else { return .malformed(.shortLinkHeader) }
        let control = octets.word8(offset)
        let flags = octets.word8(offset + 1)
        guard control & 0x03 == 0 else { return .malformed(.badLinkHeader) }
        // Type 2 is data; the bit 4 of its subtype says that there is none.
        guard control & 0x0c == 0x08, control & 0x40 == 0 else { return .other(.wlanControl) }
        guard flags & 0x40 == 0 else { return .other(.wlanEncrypted) }
        var length = flags & 0x03 == 0x03 ? 30 : 24
        let qualityOffset = offset + length
        if control & 0x80 != 0 {
            guard octets.byteCount - qualityOffset >= 2 else {
                return .malformed(.shortLinkHeader)
            }
            if octets.word8(qualityOffset) & 0x80 != 0 { return .other(.wlanAggregate) }
            length += flags & 0x80 != 0 ? 6 : 2
        }
        if padded { length = (length + 3) & ~3 }
        return llc(octets, at: offset + length)
    }
}
