package import NetworkTypes

/// The location database of the IPFire project, as Debian ships it in `libloc-database`: country and
/// autonomous system of every announced network, both families, 55 MB, no licence key.
///
/// The file is read here and not by libloc, which recurses without end in a tree that has a cycle, reads
/// past a name that has no end, and opens a file cut in its header as an empty database. Here every offset
/// is checked where it is followed, a walk takes at most 128 steps, and a name at most 256 octets.
///
/// Layout (version 1, all numbers big-endian): the magic `LOCDBXX`, a version octet, a header of offsets and
/// lengths, then five sections. *AS*: number and offset of the name, ascending. *Networks*: country code,
/// AS number, flags. *Tree*: for bit 0 and 1 the index of the next node (0: none), and the index of the
/// network that ends here (all ones: none). *Countries* (not used: names come from `Country`). *Pool*:
/// names, each ended by a zero octet. IPv4 stands in the tree as v4-mapped.
package struct LocDatabase: LocationProvider {
    /// Where Debian's package puts it.
    package static let defaultPath = "/usr/share/libloc-location/location.db"

    package let name = "libloc"
    package let edition: Timestamp?

    private let path: String
    private let file: MappedFile
    private let systems: Section
    private let networks: Section
    private let tree: Section
    private let pool: Section

    /// The node all v4-mapped addresses lie below, and the network that covers them all, if any.
    private var ipv4Root = Step(node: 0, network: Self.none)
    private var built = Memo<UInt64, Location?>()

    package init(path: String = Self.defaultPath) throws(LocationDatabaseError) {
        let file = try MappedFile(path)
        guard file.count >= 8, file.word(at: 0) == 0x4c4f_4344, file.word(at: 4) == 0x4258_5801
        else {
            throw .foreign(file: path, expected: "libloc database of version 1")
        }
        func section(
            _ name: String, at offset: Int, record: Int
        ) throws(LocationDatabaseError)
            -> Section
        {
            guard let start = file.word(at: offset), let length = file.word(at: offset + 4) else {
                throw .damaged(file: path, reason: "the header is cut off")
            }
            let end = Int(start) + Int(length)
            guard end <= file.count, Int(length) % record == 0 else {
                throw .damaged(
                    file: path,
                    reason: "the \(name) end at octet \(end), the file at \(file.count)")
            }
            return Section(start: Int(start), count: Int(length) / record, record: record)
        }
        systems = try section("autonomous systems", at: 28, record: 8)
        networks = try section("networks", at: 36, record: 12)
        tree = try section("tree nodes", at: 44, record: 12)
        pool = try section("names", at: 60, record: 1)
        guard tree.count > 0 else { throw .damaged(file: path, reason: "the tree is empty") }
        // Seconds as 64 bits; what lies beyond the year 2106 is no date of a database.
        edition =
            file.word(at: 8) == 0
            ? file.word(at: 12).map { Timestamp(nanoseconds: Int64($0) * 1_000_000_000) } : nil
        self.path = path
        self.file = file
        ipv4Root = try walk(0xffff << 32, from: ipv4Root, bits: 96)
    }

    package mutating func location(
        of address: IPAddress
    ) throws(LocationDatabaseError) -> Location? {
        let found =
            if let ipv4 = address.ipv4 {
                try walk(UInt128(ipv4) << 96, from: ipv4Root, bits: 32)
            } else {
                try walk(address.bits, from: Step(node: 0, network: Self.none), bits: 128)
            }
        guard found.network != Self.none else { return nil }
        guard let offset = networks.offset(of: found.network),
            let country = file.word(at: offset), let number = file.word(at: offset + 4)
        else { throw .damaged(file: path, reason: "network \(found.network) does not exist") }
        let key = UInt64(country >> 16) << 32 | UInt64(number)
        if let known = built[key] { return known }
        let location = location(country: country >> 16, asNumber: number)
        built.remember(location, for: key)
        return location
    }

    /// Follows the upper bits down the tree and keeps the last network on the way: the longest prefix.
    private func walk(
        _ address: UInt128, from start: Step, bits: Int
    ) throws(LocationDatabaseError) -> Step {
        var step = start
        var left = address
        for depth in 0...bits where step.node != Self.none {
            guard let offset = tree.offset(of: step.node),
                let zero = file.word(at: offset), let one = file.word(at: offset + 4),
                let network = file.word(at: offset + 8)
            else { throw .damaged(file: path, reason: "tree node \(step.node) does not exist") }
            if network != Self.none { step.network = network }
            if depth == bits { break }
            let next = left >> 127 == 0 ? zero : one
            step.node = next == 0 ? Self.none : next
            left <<= 1
        }
        return step
    }

    private func location(country: UInt32, asNumber: UInt32) -> Location? {
        var location = Location(source: name)
        let letters = [UInt8(country >> 8), UInt8(country & 0xff)]
        location.countryCode = FieldText.countryCode(String(decoding: letters, as: UTF8.self))
        location.fillInCountry()
        if asNumber != 0 {
            location.asNumber = asNumber
            location.asOrganisation = organisation(asNumber)
        }
        return location.isEmpty ? nil : location
    }

    /// The name of an autonomous system; some have none.
    private func organisation(_ number: UInt32) -> String? {
        var (low, high) = (0, systems.count)
        while low < high {
            let middle = (low + high) / 2
            guard let found = file.word(at: systems.start + 8 * middle) else { return nil }
            if found < number { low = middle + 1 } else { high = middle }
        }
        let record = systems.start + 8 * low
        guard low < systems.count, file.word(at: record) == number,
            let offset = file.word(at: record + 4)
        else { return nil }
        var name: [UInt8] = []
        for index in Int(offset)..<(Int(offset) + FieldText.limit) {
            guard index < pool.count, let byte = file.byte(at: pool.start + index), byte != 0 else {
                break
            }
            name.append(byte)
        }
        return FieldText.clean(String(decoding: name, as: UTF8.self))
    }

    private static let none: UInt32 = 0xffff_ffff

    /// Where a walk stands, and the longest prefix so far.
    private struct Step {
        var node: UInt32
        var network: UInt32
    }

    /// A run of records of one length, known to lie inside the file.
    private struct Section {
        let start, count, record: Int

        func offset(of index: UInt32) -> Int? {
            index < count ? start + Int(index) * record : nil
        }
    }
}
