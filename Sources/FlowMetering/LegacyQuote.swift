import Wire

extension Packet {
    /// The packet as the old meters see an ICMP error: they search the headers for TCP and UDP and find those of
    /// the datagram that the error quotes, so that it becomes a segment between the ends of the error.
    /// `nil` for everything else.
    func quotedTransport(in frame: CapturedFrame) -> Packet? {
        guard protocolNumber == 1, [3, 4, 5, 11, 12].contains(icmpType),
            !isFragment
        else { return nil }
        let octets = unsafe frame.octets.bytes
        /// A big-endian number, or `nil` beyond what was captured.
        func number<Number: FixedWidthInteger & BitwiseCopyable>(
            _ offset: Int, _: Number.Type
        ) -> Number? {
            guard offset >= 0, offset + Number.bitWidth / 8 <= octets.byteCount else {
                return nil
            }
            return unsafe Number(
                bigEndian: octets.unsafeLoadUnaligned(fromByteOffset: offset, as: Number.self))
        }
        let start = Int(ipOffset)
        guard let outer = number(start, UInt8.self) else { return nil }
        let quoted = start + Int(outer & 15) * 4 + 8
        guard let inner = number(quoted, UInt8.self), inner >> 4 == 4,
            let innerProtocol = number(quoted + 9, UInt8.self)
        else { return nil }
        let transport = quoted + Int(inner & 15) * 4
        var result = self
        switch innerProtocol {
        case 6:
            guard let words = number(transport + 12, UInt16.self),
                let window = number(transport + 14, UInt16.self),
                transport + 20 <= octets.byteCount
            else { return nil }
            result.transportHeaderOctets = (words >> 12) * 4
            result.tcpFlags = UInt8(truncatingIfNeeded: words)
            result.window = window
        case 17:
            guard transport + 8 <= octets.byteCount else { return nil }
            result.transportHeaderOctets = 8
        default: return nil
        }
        guard let source = number(transport, UInt16.self),
            let destination = number(transport + 2, UInt16.self)
        else { return nil }
        (result.sourcePort, result.destinationPort) = (source, destination)
        result.protocolNumber = innerProtocol
        let end = transport + Int(result.transportHeaderOctets)
        result.payloadOctets = UInt32(clamping: start + Int(ipOctets) - end)
        result.untrimmedPayloadOctets = UInt32(clamping: octets.byteCount - end)
        result.marks.remove(.noTransport)
        return result
    }
}
