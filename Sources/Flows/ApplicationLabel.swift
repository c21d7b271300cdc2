package import NetworkTypes

/// What a flow carries, as a labeller judged from its first packets.
package struct ApplicationLabel: Hashable, Sendable {
    /// How far the labeller can be believed.
    package enum Confidence: UInt8, Sendable, CaseIterable {
        /// Nothing fitted.
        case unknown
        /// By the port number alone.
        case port
        /// By the address alone.
        case address
        /// By earlier flows of the same ends.
        case cache
        /// By the payload, but not all the way.
        case partial
        /// By the payload.
        case payload

        package var name: String { Self.names[Int(rawValue)] }

        private static let names = allCases.map { String(describing: $0) }
    }

    /// The application by the name of the data set (`GOOGLE`, `DNS`, `WINDOWS_UPDATE`), `UNKNOWN` if nothing fitted.
    package var application: String = "UNKNOWN"
    /// The labeller's own number of the application (column L7Protocol).
    package var number: UInt16 = 0
    /// The labeller's own name, protocol first: `TLS.Google`.
    package var labellerName: String = "Unknown"
    /// The protocol that carries the application (`TLS`, `DNS`, `QUIC`), by the labeller's name.
    package var masterProtocol: String = "Unknown"
    package var category: String = "Unspecified"
    package var confidence: Confidence = .unknown
    /// Names of the risks the labeller saw.
    package var risks: [String] = []
    /// Server name of TLS or QUIC, host of HTTP, name asked of DNS; of at most 255 octets, with escapes (`\u{1B}`)
    /// for what is not seen. nDPI 4.2 keeps the first 79 octets.
    package var serverName: String?
    /// Fingerprints of ClientHello (JA3) and ServerHello (JA3S) of TLS and QUIC, 32 hexadecimal digits.
    package var ja3: String?
    package var ja3Server: String?
    /// Fingerprint of the ClientHello by FoxIO's rule, where the labeller has it.
    package var ja4: String?

    package init() {}
}

/// Names the applications of flows from their first packets.
///
/// One owner asks it, in the order of the packets. Its state of a flow is a slot of a bounded pool.
package protocol ApplicationLabeller: ~Copyable {
    /// Slots in use, and the most there can be.
    var openSlots: Int { get }
    var slotLimit: Int { get }

    /// A slot for a new flow, or `nil` (counted by the labeller) if all are taken.
    mutating func open() -> Int32?

    /// Looks at a packet of a flow, from its IP header to the end of what was captured of it.
    ///
    /// - Returns: whether the labeller wants the flow's next packet.
    mutating func inspect(
        _ slot: Int32, ipPacket: borrowing RawSpan, at timestamp: Timestamp, isFromInitiator: Bool
    ) -> Bool

    /// What the labeller makes of the packets it saw; the slot is free afterwards.
    mutating func close(_ slot: Int32) -> ApplicationLabel
}
