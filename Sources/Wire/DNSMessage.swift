package import NetworkTypes

/// What a DNS message asks and answers (RFC 1035), in a value of fixed size; also of multicast DNS
/// (RFC 6762) and LLMNR (RFC 4795), which have the same form.
///
/// Header and first question must be whole. The answers are read as far as they are there: a message may be
/// cut by the capture or go on in the next segment.
package struct DNSMessage: Equatable, Sendable {
    package var identifier: UInt16
    package var isResponse: Bool
    /// 0 query, 4 notify, 5 update.
    package var operation: UInt8
    /// The server left out what the datagram could not hold.
    package var isTruncated: Bool
    package var isAuthoritative: Bool
    /// 0 no error, 2 server failure, 3 no such name; the upper bits of EDNS are not read.
    package var responseCode: UInt8
    /// Records by the header.
    package var questionCount, answerCount, authorityCount, additionalCount: UInt16
    /// Name, type and class of the first question; the root, 0 and 0 if there is none.
    package var queryName = DNSName.root
    package var queryType: UInt16 = 0
    package var queryClass: UInt16 = 0
    /// Octets of the message without the length prefix of TCP, as far as the header or prefix tells.
    package var messageOctets: Int
    /// Octets of the answer records, names and headers included, as far as they are there.
    package var answerOctets = 0
    /// The answers are fewer than announced, or cannot be read to the end.
    package var isCut = false
    /// IPv4 and IPv6 addresses of the answer, the first `addressCount` of them, in its order.
    package private(set) var addresses = [4 of IPAddress](repeating: IPAddress(high: 0, low: 0))
    package private(set) var addressCount = 0

    /// Why octets are no DNS message.
    package enum Refusal: Error, Equatable {
        case truncated(needed: Int, available: Int)
        /// A label that is neither of up to 63 octets nor a pointer.
        case badLabel
        /// A compression pointer that does not lead back.
        case badPointer
        /// A name of more than 255 octets.
        case longName
    }

    /// Whether a packet goes from or to a port of DNS, multicast DNS or LLMNR and has a payload.
    package static func isExpected(in packet: Packet) -> Bool {
        guard packet.isUDP || packet.isTCP, packet.capturedPayloadOctets > 0,
            !packet.marks.contains(.laterFragment)
        else { return false }
        return isPort(packet.sourcePort) || isPort(packet.destinationPort)
    }

    package static func isPort(_ port: UInt16) -> Bool {
        port == 53 || port == 5353 || port == 5355
    }

    /// Decodes the payload of a UDP datagram.
    package init(datagram octets: RawSpan) throws(Refusal) {
        try self.init(octets, messageOctets: octets.byteCount)
    }

    /// Decodes the first message of a TCP segment that begins with one.
    package init(segment octets: RawSpan) throws(Refusal) {
        guard octets.byteCount >= 2 else {
            throw .truncated(needed: 2, available: octets.byteCount)
        }
        let length = Int(octets.word16(0))
        let there = octets.extracting(droppingFirst: 2)
        try self.init(there.extracting(first: length), messageOctets: length)
    }

    private init(_ octets: RawSpan, messageOctets: Int) throws(Refusal) {
        guard octets.byteCount >= 12 else {
            throw .truncated(needed: 12, available: octets.byteCount)
        }
        self.messageOctets = messageOctets
        identifier = octets.word16(0)
        let flags = octets.word16(2)
        isResponse = flags & 0x8000 != 0
        operation = UInt8(truncatingIfNeeded: flags >> 11 & 15)
        isAuthoritative = flags & 0x0400 != 0
        isTruncated = flags & 0x0200 != 0
        responseCode = UInt8(truncatingIfNeeded: flags & 15)
        questionCount = octets.word16(4)
        answerCount = octets.word16(6)
        authorityCount = octets.word16(8)
        additionalCount = octets.word16(10)
        var offset = 12
        if questionCount > 0 {
            queryName = try DNSName(octets, at: &offset)
            guard octets.byteCount - offset >= 4 else {
                throw .truncated(needed: offset + 4, available: octets.byteCount)
            }
            queryType = octets.word16(offset)
            queryClass = octets.word16(offset + 2)
            offset += 4
        }
        isCut = !readAnswers(octets, from: offset)
    }

    /// - Returns: whether all answers were there.
    /// - Complexity: at most as many steps as the message has octets, since each record takes some.
    private mutating func readAnswers(_ octets: RawSpan, from offset: Int) -> Bool {
        var offset = offset
        // The first question has been read.
        for _ in 0..<max(0, Int(questionCount) - 1) {
            guard let end = DNSName.end(in: octets, of: offset), end + 4 <= octets.byteCount else {
                return false
            }
            offset = end + 4
        }
        for _ in 0..<Int(answerCount) {
            guard let end = DNSName.end(in: octets, of: offset), end + 10 <= octets.byteCount else {
                return false
            }
            let next = end + 10 + Int(octets.word16(end + 8))
            guard next <= octets.byteCount else { return false }
            readAddress(octets, type: octets.word16(end), from: end + 10, to: next)
            answerOctets += next - offset
            offset = next
        }
        return true
    }

    private mutating func readAddress(
        _ octets: RawSpan, type: UInt16, from start: Int, to end: Int
    ) {
        guard addressCount < addresses.count else { return }
        switch (type, end - start) {
        case (1, 4): addresses[addressCount] = IPAddress(ipv4: octets.word32(start))
        case (28, 16):
            addresses[addressCount] = IPAddress(
                high: octets.word64(start), low: octets.word64(start + 8))
        default: return
        }
        addressCount += 1
    }

    package static func == (left: DNSMessage, right: DNSMessage) -> Bool {
        guard left.identifier == right.identifier, left.isResponse == right.isResponse,
            left.operation == right.operation, left.isTruncated == right.isTruncated,
            left.isAuthoritative == right.isAuthoritative,
            left.responseCode == right.responseCode, left.questionCount == right.questionCount,
            left.answerCount == right.answerCount, left.authorityCount == right.authorityCount,
            left.additionalCount == right.additionalCount, left.queryName == right.queryName,
            left.queryType == right.queryType, left.queryClass == right.queryClass,
            left.messageOctets == right.messageOctets, left.answerOctets == right.answerOctets,
            left.isCut == right.isCut, left.addressCount == right.addressCount
        else { return false }
        for index in 0..<left.addressCount where left.addresses[index] != right.addresses[index] {
            return false
        }
        return true
    }
}
