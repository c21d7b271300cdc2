package import NetworkTypes
package import Statistics

// How the values that detection remembers stand in snapshots.

extension ByteWriter {
    /// 5 octets for IPv4, 17 for IPv6.
    package mutating func add(_ address: IPAddress) {
        if let bits = address.ipv4 {
            add(4 as UInt8)
            add(bits)
        } else {
            add(6 as UInt8)
            add(address.high)
            add(address.low)
        }
    }

    package mutating func add(_ time: Timestamp) { add(time.nanoseconds) }

    package mutating func add(_ key: FlowKey) {
        add(key.initiator.address)
        add(key.initiator.port)
        add(key.responder.address)
        add(key.responder.port)
        add(key.protocolNumber)
    }

    package mutating func add(_ entity: Entity) {
        switch entity {
        case .host(let host):
            add(1 as UInt8)
            add(host)
        case .pair(let one, let other):
            add(2 as UInt8)
            add(one)
            add(other)
        case .application(let name):
            add(3 as UInt8)
            add(name)
        case .network(let prefix):
            add(4 as UInt8)
            add(prefix.first)
            add(UInt8(prefix.length))
        }
    }

    /// Whether there is one, then it.
    package mutating func add(optional time: Timestamp?) {
        add(time != nil)
        if let time { add(time) }
    }

    package mutating func add(optional address: IPAddress?) {
        add(address != nil)
        if let address { add(address) }
    }

    package mutating func add(optional text: String?) {
        add(text != nil)
        if let text { add(text) }
    }
}

extension ByteReader {
    package mutating func address() throws(Failure) -> IPAddress {
        switch try uint8() {
        case 4: return IPAddress(ipv4: try uint32())
        case 6:
            let address = IPAddress(high: try uint64(), low: try uint64())
            guard !address.isIPv4 else { throw .damaged("an address in a strange form") }
            return address
        default: throw .damaged("an address of no family")
        }
    }

    package mutating func timestamp() throws(Failure) -> Timestamp {
        Timestamp(nanoseconds: try int64())
    }

    package mutating func flowKey() throws(Failure) -> FlowKey {
        let initiator = FlowEnd(address: try address(), port: try uint16())
        let responder = FlowEnd(address: try address(), port: try uint16())
        return FlowKey(
            initiator: initiator, responder: responder, protocolNumber: try uint8())
    }

    package mutating func entity() throws(Failure) -> Entity {
        switch try uint8() {
        case 1: return .host(try address())
        case 2: return .pair(try address(), try address())
        case 3: return .application(try text())
        case 4:
            let first = try address()
            guard let prefix = IPPrefix(first, length: Int(try uint8())), prefix.first == first
            else { throw .damaged("no network") }
            return .network(prefix)
        default: throw .damaged("an entity of no kind")
        }
    }

    package mutating func optionalTimestamp() throws(Failure) -> Timestamp? {
        try flag() ? try timestamp() : nil
    }

    package mutating func optionalAddress() throws(Failure) -> IPAddress? {
        try flag() ? try address() : nil
    }

    package mutating func optionalText() throws(Failure) -> String? {
        try flag() ? try text() : nil
    }
}

// MARK: - Flows

extension ObservedFlow {
    package func write(to writer: inout ByteWriter) {
        writer.add(key)
        writer.add(start)
        writer.add(end)
        writer.add(began)
        writer.add(isOpen)
        writer.add(application)
        writer.add(outcome.rawValue)
        for transfer in [forward, backward] {
            writer.add(transfer.packets)
            writer.add(transfer.octets)
        }
        writer.add(metrics != nil)
        for value in metricValues { writer.add(value) }
        writer.add(optional: serverName)
        writer.add(direction.rawValue)
        writer.add(scope)
        writer.add(short: UInt64(vlan))
    }

    /// Reads what ``write(to:)`` wrote.
    package init(from reader: inout ByteReader) throws(ByteReader.Failure) {
        let key = try reader.flowKey()
        let start = try reader.timestamp()
        let end = try reader.timestamp()
        let began = try reader.timestamp()
        let isOpen = try reader.flag()
        let application = try reader.text()
        guard let outcome = FlowOutcome(rawValue: try reader.uint8()) else {
            throw .damaged("an outcome that is none")
        }
        let forward = Transfer(packets: try reader.uint64(), octets: try reader.uint64())
        let backward = Transfer(packets: try reader.uint64(), octets: try reader.uint64())
        self.init(
            key: key, start: start, end: end, application: application, outcome: outcome,
            forward: forward, backward: backward)
        self.began = began
        self.isOpen = isOpen
        if try reader.flag() {
            var values: [9 of Double] = .init(repeating: 0)
            for metric in values.indices { values[metric] = try reader.double() }
            metrics = values
        }
        serverName = try reader.optionalText()
        guard let direction = FlowDirection(rawValue: try reader.uint8()) else {
            throw .damaged("a direction that is none")
        }
        self.direction = direction
        scope = try reader.text()
        guard let vlan = UInt16(exactly: try reader.counter()) else {
            throw .damaged("a VLAN out of range")
        }
        self.vlan = vlan
    }
}
