import NetworkTypes
import Testing
import Wire

private func datagram(_ octets: Octets) throws -> DNSMessage {
    try octets.withUnsafeBytes { try DNSMessage(datagram: $0.bytes) }
}

private func segment(_ octets: Octets) throws -> DNSMessage {
    try octets.withUnsafeBytes { try DNSMessage(segment: $0.bytes) }
}

private func refusal(_ octets: Octets) -> DNSMessage.Refusal? {
    do {
        _ = try datagram(octets)
        return nil
    } catch { return error as? DNSMessage.Refusal }
}

struct DNSMessageTests {
    @Test func `question, code and addresses of an answer`() throws {
        let message = try datagram(DNS.answer)
        #expect(message.identifier == 0xbeef)
        #expect(message.isResponse && !message.isTruncated && !message.isAuthoritative)
        #expect(message.operation == 0 && message.responseCode == 0)
        #expect(message.queryName.description == "www.example.org")
        #expect(message.queryName.octetCount == 17)
        #expect(message.queryName.labelCount == 3)
        #expect(message.queryType == 1 && message.queryClass == 1)
        #expect(message.answerCount == 3)
        #expect(message.addressCount == 2)
        #expect(message.addresses[0] == IPAddress("192.0.2.1"))
        #expect(message.addresses[1] == IPAddress("2001:db8:1:203:405:607:809:a0b"))
        #expect(message.messageOctets == DNS.answer.count)
        #expect(message.answerOctets == DNS.answer.count - 33)
        #expect(!message.isCut)
    }

    @Test func `a segment carries its length first and may be cut`() throws {
        let prefix = Octets.word16(DNS.answer.count)
        let whole = try datagram(DNS.answer)
        #expect(try segment(prefix + DNS.answer) == whole)
        #expect(try segment(prefix + DNS.answer + .filler(30)) == whole)
        let cut = try segment(prefix + DNS.answer.dropLast(20))
        #expect(cut.isCut)
        #expect(cut.addressCount == 1)
        #expect(cut.messageOctets == DNS.answer.count)
    }

    @Test func `every prefix is read as far as it goes`() throws {
        for count in 0..<DNS.answer.count {
            let part = Octets(DNS.answer[..<count])
            if count < 33 {
                guard case .truncated(let needed, count) = refusal(part) else {
                    Issue.record("\(count) octets were not refused")
                    continue
                }
                #expect(needed > count)
            } else {
                #expect(try datagram(part).isCut)
            }
        }
    }

    @Test func `different names have different texts`() throws {
        func text(_ name: Octets) throws -> String {
            try datagram(DNS.header() + DNS.question(name)).queryName.description
        }
        #expect(try text([0]) == ".")
        #expect(try text(DNS.name("a.b", "c\\d")) == "a\\.b.c\\\\d")
        #expect(try text([3, 0x20, 0xe4, 0x7f, 0]) == "\\032\\228\\127")
        #expect(try text(DNS.name("_443", "_tcp", "x-y")) == "_443._tcp.x-y")
        let names = Set([try datagram(DNS.answer).queryName, .root, .root])
        #expect(names.count == 2)
    }

    @Test func `a name may fill 255 octets, not more`() throws {
        let label = String(repeating: "x", count: 63)
        let full = DNS.name(label, label, label, String(repeating: "y", count: 61))
        let message = try datagram(DNS.header() + DNS.question(full))
        #expect(message.queryName.octetCount == 255)
        let long = DNS.name(label, label, label, String(repeating: "y", count: 62))
        #expect(refusal(DNS.header() + DNS.question(long)) == .longName)
    }

    @Test func `pointers lead back or nowhere`() {
        #expect(refusal(DNS.header() + DNS.question([0xc0, 12])) == .badPointer)
        #expect(refusal(DNS.header() + DNS.question([0xc0, 40])) == .badPointer)
        #expect(refusal(DNS.header() + DNS.question([1, 97, 0xc0, 12])) == .badPointer)
        #expect(refusal(DNS.header() + DNS.question([0x80, 1])) == .badLabel)
    }

    @Test func `a message without question names the root`() throws {
        let message = try datagram(DNS.header(questions: 0))
        #expect(message.queryName == .root)
        #expect(message.queryType == 0)
    }

    @Test func `no more addresses are kept than there is room for`() throws {
        let records = (0..<9).flatMap { DNS.record([0xc0, 12], type: 1, [10, 0, 0, UInt8($0)]) }
        let octets = DNS.header(answers: 9) + DNS.question(DNS.name("many")) + records
        let message = try datagram(octets)
        #expect(message.addressCount == 4)
        #expect(message.addresses[3] == IPAddress("10.0.0.3"))
        #expect(message.answerCount == 9)
        #expect(!message.isCut)
    }

    @Test func `the payload of a frame is handed over by its packet`() throws {
        let frame = ethernet(ipv4(udp(from: 53, to: 40000, DNS.answer)) + .filler(3))
        var decoder = PacketDecoder()
        var packet = Packet()
        try frame.withUnsafeBytes { memory in
            let captured = CapturedFrame(
                octets: memory, timestamp: Timestamp(nanoseconds: 0),
                wireOctets: UInt32(frame.count), linkType: .ethernet, interface: 0)
            #expect(decoder.decode(captured, into: &packet) == .packet)
            #expect(DNSMessage.isExpected(in: packet))
            let message = try DNSMessage(datagram: captured.payload(of: packet).bytes)
            #expect(message.messageOctets == DNS.answer.count)
        }
    }
}
