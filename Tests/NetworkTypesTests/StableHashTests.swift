import NetworkTypes
import Testing

struct StableHashTests {
    private func end(_ text: String, _ port: UInt16) throws -> FlowEnd {
        FlowEnd(address: try #require(IPAddress(text)), port: port)
    }

    /// These values are part of the format: a change here breaks every stored baseline.
    @Test func `the hash of a known flow never changes`() throws {
        #expect(
            try StableHash.flowKey(end("10.0.0.1", 40000), end("8.8.8.8", 53), protocolNumber: 17)
                == 0x7e62_7bf6_ee9b_a594)
        #expect(
            try StableHash.flowKey(end("::1", 0), end("::1", 0), protocolNumber: 58)
                == 0x8180_2461_cdc8_00a8)
        var hash = StableHash()
        hash.combine(Array("a flow".utf8).span)
        #expect(hash.value == 0xebab_26a8_7a35_097c)
    }

    @Test func `both directions hash alike, other flows do not`() throws {
        let (client, server) = try (end("10.0.0.1", 40000), end("8.8.8.8", 53))
        let forward = StableHash.flowKey(client, server, protocolNumber: 17)
        #expect(forward == StableHash.flowKey(server, client, protocolNumber: 17))
        #expect(forward != StableHash.flowKey(server, client, protocolNumber: 6))
        #expect(
            try forward
                != StableHash.flowKey(
                    end("10.0.0.1", 53), end("8.8.8.8", 40000), protocolNumber: 17))
    }

    @Test func `flows of one host spread evenly over the ten parts`() throws {
        var counts = [Int](repeating: 0, count: 10)
        for port: UInt16 in 1...50_000 {
            let hash = try StableHash.flowKey(
                end("10.0.0.1", port), end("8.8.8.8", 443), protocolNumber: 6)
            counts[Int(hash % 10)] += 1
        }
        // Five standard deviations of a binomial count are 335.
        #expect(counts.allSatisfy { abs($0 - 5000) < 335 })
    }

    @Test func `bytes and their lengths are told apart`() {
        let texts: [[UInt8]] = [[], [0], [0, 0], [1], Array(0..<8), Array(0..<9), Array(0..<16)]
        let values = texts.map { bytes in
            var hash = StableHash()
            hash.combine(bytes.span)
            return hash.value
        }
        #expect(Set(values).count == texts.count)
    }
}
