/// IP packets as clients and servers send them, from the IP header on.
enum SamplePackets {
    static let client: [UInt8] = [192, 168, 1, 10]
    static let server: [UInt8] = [198, 51, 100, 7]

    static func ipv4(
        _ protocolNumber: UInt8, from source: [UInt8] = client, to destination: [UInt8] = server,
        fragment: UInt16 = 0, _ payload: [UInt8]
    ) -> [UInt8] {
        [0x45, 0] + big16(20 + payload.count) + [0, 1] + big16(Int(fragment))
            + [64, protocolNumber, 0, 0] + source + destination + payload
    }

    /// Between 2001:db8::1 and 2001:db8::2, or the other way round.
    static func ipv6(_ next: UInt8, isAnswer: Bool = false, _ payload: [UInt8]) -> [UInt8] {
        let prefix: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11)
        let ends: (UInt8, UInt8) = isAnswer ? (2, 1) : (1, 2)
        return [0x60, 0, 0, 0] + big16(payload.count) + [next, 64] + prefix + [ends.0] + prefix
            + [ends.1] + payload
    }

    static func udp(_ source: Int, _ destination: Int, _ payload: [UInt8]) -> [UInt8] {
        big16(source) + big16(destination) + big16(8 + payload.count) + [0, 0] + payload
    }

    static func tcp(
        _ source: Int, _ destination: Int, flags: UInt8 = 0x18, sequence: UInt32 = 1,
        _ payload: [UInt8] = []
    ) -> [UInt8] {
        big16(source) + big16(destination) + big32(sequence) + big32(1)
            + [0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0] + payload
    }

    static func dnsQuery(_ name: String) -> [UInt8] {
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1]
    }

    static func httpRequest(host: [UInt8]) -> [UInt8] {
        Array("GET /index.html HTTP/1.1\r\nHost: ".utf8) + host
            + Array("\r\nUser-Agent: Mozilla/5.0\r\nAccept: */*\r\n\r\n".utf8)
    }

    /// A TLS 1.2 ClientHello in one record.
    static func clientHello(_ serverName: String) -> [UInt8] {
        let name = Array(serverName.utf8)
        let list = [0] + big16(name.count) + name
        let sni = big16(0) + big16(list.count + 2) + big16(list.count) + list
        let groups = big16(10) + big16(6) + big16(4) + big16(0x1D) + big16(0x17)
        let formats = big16(11) + big16(2) + [1, 0] as [UInt8]
        let extensions = sni + groups + formats
        let ciphers = [0xC02B, 0xC02F, 0xC02C, 0xC030, 0x009C].flatMap(big16)
        let random = (0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
        let hello =
            big16(0x0303) + random + [0] + big16(ciphers.count) + ciphers + [1, 0]
            + big16(extensions.count) + extensions
        let handshake = [1, 0] + big16(hello.count) + hello
        return [0x16, 3, 1] + big16(handshake.count) + handshake
    }

    /// One of each kind, for mutation.
    static let each: [[UInt8]] = [
        ipv4(17, udp(5353, 53, dnsQuery("www.example.com"))),
        ipv4(6, tcp(40000, 443, clientHello("www.example.com"))),
        ipv4(6, tcp(40001, 80, httpRequest(host: Array("www.example.com".utf8)))),
        ipv4(6, tcp(40002, 443, flags: 2)),
        ipv4(1, [8, 0, 0, 0, 0, 1, 0, 1] + Array(repeating: 0x61, count: 48)),
        ipv6(17, udp(5353, 53, dnsQuery("ipv6.example.org"))),
        ipv6(6, tcp(40003, 443, clientHello("ipv6.example.org"))),
        ipv4(17, udp(50000, 123, [0x1B] + Array(repeating: 0, count: 47))),
        ipv4(6, tcp(40004, 22, Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))),
    ]

    static func big16(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }

    static func big32(_ value: UInt32) -> [UInt8] {
        big16(Int(value >> 16)) + big16(Int(value & 0xFFFF))
    }
}
