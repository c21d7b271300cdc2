package import Flows
package import NetworkTypes
package import Statistics

/// A behaviour of an entity that was seen, in numbers.
///
/// A behaviour that goes on is told again as it grows, not at every flow; what is told later contains what was
/// told before.
package struct BehaviourEvidence: Sendable, Hashable {
    package var kind: BehaviourKind
    /// Who acts; the host that suffers in a flood from many sources.
    package var entity: Entity
    /// When it was complete, in event time.
    package var time: Timestamp
    /// When the first part of it was seen.
    package var firstSeen: Timestamp
    /// What the flows carried; "" where that says nothing.
    package var application: String
    /// The other end, where there is one.
    package var peer: IPAddress?
    /// The port of the responders, where there is one.
    package var port: UInt16?
    /// What it was seen by, the most important first.
    package var numbers: [EvidenceNumber]
    package var confidence: Confidence
    /// How many flows (or messages) took part.
    package var flows: UInt64

    package init(
        _ kind: BehaviourKind, of entity: Entity, time: Timestamp, firstSeen: Timestamp,
        application: String = "", peer: IPAddress? = nil, port: UInt16? = nil,
        numbers: [EvidenceNumber], confidence: Confidence, flows: UInt64
    ) {
        self.kind = kind
        self.entity = entity
        self.time = time
        self.firstSeen = min(firstSeen, time)
        self.application = application
        self.peer = peer
        self.port = port
        self.numbers = numbers
        self.confidence = confidence
        self.flows = flows
    }

    /// The number of this name, if there is one.
    package subscript(name: EvidenceNumber.Name) -> Double? {
        numbers.first { $0.name == name }?.value
    }
}

/// Belief that something is what it is called, 0...1.
package struct Confidence: Hashable, Comparable, Sendable {
    package let value: Double

    /// The nearest belief to a number; 0 for NaN.
    package init(clamping value: Double) {
        self.value = value > 0 ? min(value, 1) : 0
    }

    package static func < (left: Confidence, right: Confidence) -> Bool { left.value < right.value }
}

// MARK: - Saving

extension BehaviourEvidence {
    package func write(to writer: inout ByteWriter) {
        writer.add(kind.rawValue)
        writer.add(entity)
        writer.add(time)
        writer.add(firstSeen)
        writer.add(application)
        writer.add(optional: peer)
        writer.add(port != nil)
        if let port { writer.add(port) }
        writer.add(count: numbers.count)
        for number in numbers {
            writer.add(number.name.rawValue)
            writer.add(number.value)
        }
        writer.add(confidence.value)
        writer.add(flows)
    }

    /// Reads what ``write(to:)`` wrote.
    package init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        guard let kind = BehaviourKind(rawValue: try reader.uint8()) else {
            throw .damaged("a behaviour that is none")
        }
        let entity = try reader.entity()
        let time = try reader.timestamp()
        let firstSeen = try reader.timestamp()
        let application = try reader.text()
        let peer = try reader.optionalAddress()
        let port = try reader.flag() ? try reader.uint16() : nil
        var numbers: [EvidenceNumber] = []
        for _ in 0..<(try reader.count(size: 12)) {
            guard let name = EvidenceNumber.Name(rawValue: try reader.text()) else {
                throw .damaged("a number without a meaning")
            }
            numbers.append(EvidenceNumber(name, try reader.double()))
        }
        let confidence = Confidence(clamping: try reader.finite(in: 0...1))
        self.init(
            kind, of: entity, time: time, firstSeen: firstSeen, application: application,
            peer: peer, port: port, numbers: numbers, confidence: confidence,
            flows: try reader.uint64())
    }
}
