package import NetworkTypes

/// A name that was asked for (DNS), with the answer if there was one.
package struct NameLookup: Sendable, Hashable {
    package var timestamp: Timestamp
    package var client: IPAddress
    package var server: IPAddress
    /// Presentation form without the dot of the root, lower case, at most 1,023 octets.
    package var name: String
    /// 1 A, 16 TXT, 28 AAAA …
    package var queryType: UInt16
    /// `nil` as long as no answer was seen; 0 no error, 3 no such name.
    package var responseCode: UInt8?
    package var queryOctets: UInt32
    package var answerOctets: UInt32

    package init(
        timestamp: Timestamp, client: IPAddress, server: IPAddress, name: String,
        queryType: UInt16, responseCode: UInt8?, queryOctets: UInt32 = 0, answerOctets: UInt32 = 0
    ) {
        self.timestamp = timestamp
        self.client = client
        self.server = server
        self.name = name
        self.queryType = queryType
        self.responseCode = responseCode
        self.queryOctets = queryOctets
        self.answerOctets = answerOctets
    }
}

/// A question who has an IPv4 address, or a word about it (ARP).
package struct AddressQuery: Sendable, Hashable {
    package var timestamp: Timestamp
    /// The 48 bits of the sender's MAC address.
    package var senderMAC: UInt64
    package var sender: IPAddress
    package var target: IPAddress
    /// Asks; else it answers.
    package var isRequest: Bool

    package init(
        timestamp: Timestamp, senderMAC: UInt64, sender: IPAddress, target: IPAddress,
        isRequest: Bool
    ) {
        self.timestamp = timestamp
        self.senderMAC = senderMAC
        self.sender = sender
        self.target = target
        self.isRequest = isRequest
    }
}

/// Something that a source saw; its time is when the source knew it.
package enum Observation: Sendable, Hashable {
    case flow(ObservedFlow)
    case lookup(NameLookup)
    case addressQuery(AddressQuery)

    /// The end of a flow, the instant of a message.
    package var timestamp: Timestamp {
        switch self {
        case .flow(let flow): flow.end
        case .lookup(let lookup): lookup.timestamp
        case .addressQuery(let query): query.timestamp
        }
    }
}

/// What evidence and threats are about.
package enum Entity: Hashable, Sendable, Comparable {
    case host(IPAddress)
    /// Two hosts, the one that acts first.
    case pair(IPAddress, IPAddress)
    case application(String)
    case network(IPPrefix)

    /// The word of its kind.
    package var kind: String {
        switch self {
        case .host: "host"
        case .pair: "pair"
        case .application: "application"
        case .network: "network"
        }
    }

    /// The acting host, if one acts.
    package var host: IPAddress? {
        switch self {
        case .host(let host), .pair(let host, _): host
        case .application, .network: nil
        }
    }

    package static func < (left: Entity, right: Entity) -> Bool {
        left.description < right.description
    }
}

extension Entity: CustomStringConvertible {
    package var description: String {
        switch self {
        case .host(let host): "\(host)"
        case .pair(let one, let other): "\(one) -> \(other)"
        case .application(let name): name
        case .network(let prefix): "\(prefix)"
        }
    }
}
