import Foundation
import NetworkTypes
import Testing

struct AddressRow: Sendable {
    var text: String
    var canonical: String?
    var isGlobal: Bool

    /// The rows of Fixtures/addresses.tsv, written by make_addresses.py.
    static func all() throws -> [AddressRow] {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/addresses.tsv")
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: "\t").map(String.init)
            return AddressRow(
                text: parts[0], canonical: parts[1] == "-" ? nil : parts[1],
                isGlobal: parts[2] == "1")
        }
    }
}

struct IPAddressTests {
    @Test func `texts are read and written as Python does, and nothing else is an address`() throws
    {
        let rows = try AddressRow.all()
        #expect(rows.count > 400)
        for row in rows {
            #expect(IPAddress(row.text)?.description == row.canonical, "\(row.text)")
        }
    }

    @Test func `global is what IANA's registries call so, at both ends of every block`() throws {
        for row in try AddressRow.all() {
            guard let address = IPAddress(row.text) else { continue }
            #expect(address.isGlobal == row.isGlobal, "\(row.text)")
        }
    }

    @Test func `the canonical text names the same address`() {
        var random = StableHash()
        for seed: UInt64 in 0..<2000 {
            random.combine(seed)
            // Groups are random or zero, so that runs of zeros of every length and place occur.
            let high = random.value & mask(seed)
            random.combine(seed)
            let low = random.value & mask(seed >> 4)
            let address = IPAddress(high: high, low: low)
            #expect(IPAddress(address.description) == address, "\(address)")
            #expect(IPAddress(bits: address.bits) == address)
        }
    }

    private func mask(_ bits: UInt64) -> UInt64 {
        (0..<4).reduce(0) { mask, bit in mask << 16 | (bits >> UInt64(bit) & 1 == 1 ? 0xffff : 0) }
    }

    @Test
    func `bytes that are no text, cut texts and long texts are refused or read, never a trap`() {
        let whole = Array("ffff:1:ffff:ffff:ffff:ffff:255.255.255.255".utf8)
        for count in 0...whole.count {
            _ = IPAddress(utf8: Array(whole.prefix(count)).span)
        }
        for byte in UInt8.min...UInt8.max {
            for position in whole.indices {
                var changed = whole
                changed[position] = byte
                _ = IPAddress(utf8: changed.span)
            }
            #expect(read([byte, byte]) == (byte == 58 ? IPAddress(high: 0, low: 0) : nil))
        }
        #expect(read([UInt8](repeating: 58, count: 100_000)) == nil)
        #expect(read([]) == nil)
    }

    private func read(_ bytes: [UInt8]) -> IPAddress? { IPAddress(utf8: bytes.span) }

    @Test func `an IPv4 address and its mapped spelling are equal`() throws {
        let plain = try #require(IPAddress("1.2.3.4"))
        #expect(plain == IPAddress("::ffff:1.2.3.4"))
        #expect(plain == IPAddress(ipv4: 0x0102_0304))
        #expect(plain.ipv4 == 0x0102_0304)
        #expect(IPAddress("::1.2.3.4")?.isIPv4 == false)
    }

    @Test func `addresses are ordered as numbers`() throws {
        let ordered = try ["::1", "9.0.0.0", "10.0.0.0", "1::", "2001:db8::", "ff::"].map {
            try #require(IPAddress($0))
        }
        #expect(ordered.shuffled().sorted().first == ordered.first)
        #expect(ordered.prefix(4).shuffled().sorted() == Array(ordered.prefix(4)))
    }
}
