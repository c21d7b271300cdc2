import NetworkTypes
import Testing

/// A flow as the published examples give it: ports of ICMP are the type and the code.
private struct Example: Sendable, CustomTestStringConvertible {
    let protocolNumber: UInt8
    let source, destination: String
    let ports: (UInt16, UInt16)
    let expected: String

    var testDescription: String { "\(protocolNumber) \(source) \(destination) \(ports)" }

    var communityID: CommunityID {
        get throws {
            let isICMP = protocolNumber == 1 || protocolNumber == 58
            let (first, second) = isICMP ? (0x1234, ports.0 * 256 + ports.1) : ports
            return CommunityID(
                initiator: FlowEnd(address: try #require(IPAddress(source)), port: first),
                responder: FlowEnd(address: try #require(IPAddress(destination)), port: second),
                protocolNumber: protocolNumber)
        }
    }
}

private func example(
    _ protocolNumber: UInt8, _ source: String, _ destination: String, _ ports: (UInt16, UInt16),
    _ expected: String
) -> Example {
    Example(
        protocolNumber: protocolNumber, source: source, destination: destination, ports: ports,
        expected: expected)
}

private let link = ("fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea")
private let mail = ("2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a")

/// From the specification's table of examples and the tests of its first implementation.
private let examples = [
    example(6, "128.232.110.120", "66.35.250.204", (34855, 80), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    example(6, "66.35.250.204", "128.232.110.120", (80, 34855), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    example(6, "10.0.0.1", "10.0.0.2", (10, 11569), "1:SXBGMX1lBOwhhoDrZynfROxnhnM="),
    example(6, mail.0, mail.1, (63943, 25), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
    example(6, mail.1, mail.0, (25, 63943), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
    example(17, "192.168.1.52", "8.8.8.8", (54585, 53), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    example(17, "8.8.8.8", "192.168.1.52", (53, 54585), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    example(132, "192.168.170.8", "192.168.170.56", (7, 80), "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ="),
    example(132, "192.168.170.56", "192.168.170.8", (7, 7), "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
    example(46, "10.1.24.4", "10.1.12.1", (0, 0), "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4="),
    example(46, "10.1.12.2", "10.1.12.1", (0, 0), "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="),
    example(1, "192.168.0.89", "192.168.0.1", (8, 0), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    example(1, "192.168.0.1", "192.168.0.89", (0, 8), "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    example(1, "192.168.0.89", "192.168.0.1", (20, 0), "1:3o2RFccXzUgjl7zDpqmY7yJi8rI="),
    example(1, "192.168.0.89", "192.168.0.1", (20, 1), "1:tz/fHIDUHs19NkixVVoOZywde+I="),
    example(1, "10.0.0.1", "10.0.0.2", (11, 0), "1:YHxtAirCG//0OzkcVAukqKQN9xM="),
    example(58, link.0, link.1, (135, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    example(58, link.1, link.0, (136, 0), "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    example(58, link.1, link.0, (135, 0), "1:zavyT/cezQr1fmImYCwYnMXbgck="),
    example(58, link.0, "ff02::2", (133, 0), "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="),
    example(
        58, "3ffe:507:0:1:260:97ff:fe07:69ea", "3ffe:507:0:1:200:86ff:fe05:80da", (3, 0),
        "1:NdobDX8PQNJbAyfkWxhtL2Pqp5w="),
    example(
        58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:507:0:1:260:97ff:fe07:69ea", (3, 0),
        "1:/OGBt9BN1ofenrmSPWYicpij2Vc="),
    example(
        58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", (1, 4),
        "1:hLZd0XGWojozrvxqE0dWB1iM6R0="),
]

struct CommunityIDTests {
    @Test(arguments: examples) private func `a flow has its published Community ID`(
        _ example: Example
    ) throws {
        #expect(try example.communityID.description == example.expected)
    }

    @Test func `flows that differ in one place have different Community IDs`() throws {
        let ids = try examples.map { try $0.communityID }
        #expect(Set(ids).count == Set(examples.map(\.expected)).count)
    }
}
