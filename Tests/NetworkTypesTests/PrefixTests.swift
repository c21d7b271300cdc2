import NetworkTypes
import Testing

private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

struct PrefixTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0", "10.255.255.255", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255", "0.0.0.0/0"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.1/32"),
        ("2001:DB8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::/32"),
        ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0"),
        ("::1", "::1", "::1", "::1/128"),
    ])
    func `a prefix covers its first to its last address`(
        text: String, first: String, last: String, canonical: String
    ) throws {
        let prefix = try IPPrefix(text)
        #expect(try prefix.first == address(first) && prefix.last == address(last))
        #expect(prefix.description == canonical)
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8",
        "::/129",
        "::/1000", "10.0.0.0/ 8", "10.0.0.0/٨",
    ])
    func `a length outside the family is refused`(text: String) {
        let limit = text.contains(":") ? 128 : 32
        #expect(throws: IPPrefix.ParseError.notALength(limit: limit)) { try IPPrefix(text) }
    }

    @Test func `an address with host bits is refused with the prefix that was meant`() throws {
        let meant = try IPPrefix("10.0.0.0/8")
        #expect(throws: IPPrefix.ParseError.hostBitsSet(meant: meant)) {
            try IPPrefix("10.1.2.3/8")
        }
        #expect(throws: IPPrefix.ParseError.notAnAddress) { try IPPrefix("campus") }
        #expect(throws: IPPrefix.ParseError.notAnAddress) { try IPPrefix("") }
    }

    @Test func `every length of IPv4 ends where it should`() throws {
        for length in 0...32 {
            let prefix = try #require(IPPrefix(try address("172.16.99.3"), length: length))
            #expect(prefix.last.bits - prefix.first.bits + 1 == UInt128(1) << UInt128(32 - length))
            #expect(prefix.contains(try address("172.16.99.3")))
        }
        #expect(IPPrefix(try address("1.1.1.1"), length: 33) == nil)
        #expect(IPPrefix(try address("1.1.1.1"), length: -1) == nil)
    }
}

struct InsideNetworksTests {
    @Test func `own prefixes are inside, their neighbours are not`() throws {
        let inside = InsideNetworks(
            try ["186.155.0.0/16", "186.155.34.0/24", "200.0.0.0/30", "2800:10::/32"].map {
                try IPPrefix($0)
            })
        for text in [
            "186.155.0.0", "186.155.34.1", "186.155.255.255", "200.0.0.3", "2800:10::1", "10.1.1.1",
        ] {
            #expect(try !inside.isPublic(address(text)), "\(text)")
        }
        for text in [
            "186.154.255.255", "186.156.0.0", "200.0.0.4", "199.255.255.255", "2800:11::",
            "8.8.8.8",
        ] {
            #expect(try inside.isPublic(address(text)), "\(text)")
        }
        #expect(try !inside.isOwn(address("10.1.1.1")))
    }

    @Test func `without own prefixes the registries decide`() throws {
        let inside = InsideNetworks()
        #expect(try inside.isPublic(address("8.8.8.8")))
        #expect(try !inside.isPublic(address("100.64.0.1")))
        #expect(try !inside.isPublic(address("224.0.0.251")))
    }

    @Test func `many overlapping prefixes answer as each of them does`() throws {
        var prefixes: [IPPrefix] = []
        for number: UInt32 in 0..<200 {
            let start = IPAddress(ipv4: 0x0100_0000 &+ number &* 2_654_435_761 >> 4)
            prefixes.append(try #require(IPPrefix(start, length: 12 + Int(number % 20))))
        }
        let inside = InsideNetworks(prefixes)
        for prefix in prefixes {
            for bits in [
                prefix.first.bits - 1, prefix.first.bits, prefix.last.bits, prefix.last.bits + 1,
            ] {
                let address = IPAddress(bits: bits)
                #expect(
                    inside.isOwn(address) == prefixes.contains { $0.contains(address) },
                    "\(address)")
            }
        }
    }
}

struct ClassicAddressRuleTests {
    @Test(arguments: [
        "10.1.2.3", "192.168.0.1", "192.1680", "10.", "172.16.", "172.19.1.1", "172.20.0.1",
        "172.29.1.1", "172.31.0.1",
    ])
    func `these texts are private to the original`(text: String) {
        let isPublic = ClassicAddressRule.isPublic(text.utf8Span.span)
        #expect(!isPublic)
    }

    @Test(arguments: [
        "", "1", "10", "100.64.0.1", "172.15.0.1", "172.32.0.1", "172.1.0.1", "172.160.0.1",
        "172.16", "127.0.0.1", "fe80::1", "192.16.8.1", "224.0.0.1",
    ])
    func `these texts are public to the original`(text: String) {
        let isPublic = ClassicAddressRule.isPublic(text.utf8Span.span)
        #expect(isPublic)
    }
}
