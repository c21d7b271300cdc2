import Foundation
import NetworkTypes

/// A file in a folder of its own, removed with the value.
final class TemporaryFile {
    private let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    var path: String { folder.appending(path: "file").path }

    init(_ bytes: [UInt8] = []) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try write(bytes)
    }

    func write(_ bytes: [UInt8]) throws {
        // A new file each time: file systems hurry to save one that is cut and written again.
        try? FileManager.default.removeItem(atPath: path)
        try Data(bytes).write(to: URL(filePath: path))
    }

    deinit { try? FileManager.default.removeItem(at: folder) }
}

func address(_ text: String) -> IPAddress { IPAddress(text)! }

func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}

/// A small writer of libloc databases, version 1.
struct LocFile {
    struct Network {
        var country: String
        var asNumber: UInt32
    }

    var nodes: [[UInt32]] = [[0, 0, .max]]
    var networks: [Network] = []
    var systems: [(number: UInt32, name: UInt32)] = []
    var pool: [UInt8] = Array("Somebody\0".utf8)

    mutating func name(_ name: String, of system: UInt32) {
        systems.append((system, UInt32(pool.count)))
        pool += Array(name.utf8) + [0]
    }

    mutating func add(_ prefix: String, country: String, asNumber: UInt32 = 0) throws {
        let prefix = try IPPrefix(prefix)
        var node = 0
        for bit in 0..<(prefix.first.isIPv4 ? prefix.length + 96 : prefix.length) {
            let side = Int(truncatingIfNeeded: prefix.first.bits >> UInt128(127 - bit) & 1)
            if nodes[node][side] == 0 {
                nodes[node][side] = UInt32(nodes.count)
                nodes.append([0, 0, .max])
            }
            node = Int(nodes[node][side])
        }
        nodes[node][2] = UInt32(networks.count)
        networks.append(Network(country: country, asNumber: asNumber))
    }

    /// Where the sections begin: autonomous systems, networks, tree, countries, pool.
    var offsets: [Int] {
        var offsets = [4200]
        for length in [8 * systems.count, 12 * networks.count, 12 * nodes.count, 0] {
            offsets.append(offsets.last! + length)
        }
        return offsets
    }

    var bytes: [UInt8] {
        let offsets = offsets
        let lengths = zip(offsets.dropFirst(), offsets).map { $0 - $1 } + [pool.count]
        var bytes = Array("LOCDBXX".utf8) + [1] + bigEndian(UInt64(1_500_000_000))
        bytes += [UInt32(0), 0, 0].flatMap(bigEndian)
        for (offset, length) in zip(offsets, lengths) {
            bytes += bigEndian(UInt32(offset)) + bigEndian(UInt32(length))
        }
        bytes += [UInt8](repeating: 0, count: 4200 - bytes.count)
        for system in systems.sorted(by: { $0.number < $1.number }) {
            bytes += bigEndian(system.number) + bigEndian(system.name)
        }
        for network in networks {
            bytes +=
                Array(network.country.utf8) + [0, 0] + bigEndian(network.asNumber) + [0, 0, 0, 0]
        }
        for node in nodes { bytes += node.flatMap(bigEndian) }
        return bytes + pool
    }
}

/// A small writer of MaxMind DB files: 32 bits a record, IPv6 tree with IPv4 at `::/96`.
struct MaxMindFileWriter {
    indirect enum Value {
        case text(String)
        case double(Double)
        case uint32(UInt32)
        case uint16(UInt16)
        case uint64(UInt64)
        case array([Value])
        case map([(String, Value)])

        var bytes: [UInt8] {
            switch self {
            case .text(let text): Self.control(2, text.utf8.count) + Array(text.utf8)
            case .double(let number): Self.control(3, 8) + bigEndian(number.bitPattern)
            case .uint16(let number): Self.control(5, 2) + bigEndian(number)
            case .uint32(let number): Self.control(6, 4) + bigEndian(number)
            case .uint64(let number): Self.control(9, 8) + bigEndian(number)
            case .array(let values): Self.control(11, values.count) + values.flatMap(\.bytes)
            case .map(let pairs):
                Self.control(7, pairs.count) + pairs.flatMap { Value.text($0.0).bytes + $0.1.bytes }
            }
        }

        private static func control(_ type: UInt8, _ size: Int) -> [UInt8] {
            let short = UInt8(size < 29 ? size : size < 285 ? 29 : 30)
            let first = type <= 7 ? [type << 5 | short] : [short, type - 7]
            switch short {
            case 29: return first + [UInt8(size - 29)]
            case 30: return first + bigEndian(UInt16(size - 285))
            default: return first
            }
        }
    }

    var type = "Test-City"
    private var nodes: [[UInt32?]] = [[nil, nil]]
    private var leaves: [(node: Int, side: Int, offset: Int)] = []
    private var data: [UInt8] = []

    mutating func add(_ prefix: String, _ value: Value) throws {
        let prefix = try IPPrefix(prefix)
        let bits = prefix.first.ipv4.map { UInt128($0) } ?? prefix.first.bits
        let length = prefix.first.isIPv4 ? prefix.length + 96 : prefix.length
        var node = 0
        for bit in 0..<length {
            let side = Int(truncatingIfNeeded: bits >> UInt128(127 - bit) & 1)
            if bit == length - 1 {
                leaves.append((node, side, data.count))
            } else if let next = nodes[node][side] {
                node = Int(next)
            } else {
                nodes[node][side] = UInt32(nodes.count)
                node = nodes.count
                nodes.append([nil, nil])
            }
        }
        data += value.bytes
    }

    var bytes: [UInt8] {
        let count = UInt32(nodes.count)
        var records = nodes
        for leaf in leaves { records[leaf.node][leaf.side] = count + 16 + UInt32(leaf.offset) }
        let tree = records.flatMap { $0.flatMap { bigEndian($0 ?? count) } }
        let metadata = Value.map([
            ("binary_format_major_version", .uint16(2)),
            ("binary_format_minor_version", .uint16(0)),
            ("build_epoch", .uint64(1_600_000_000)), ("database_type", .text(type)),
            ("description", .map([("en", .text("a test"))])), ("ip_version", .uint16(6)),
            ("languages", .array([.text("en")])), ("node_count", .uint32(count)),
            ("record_size", .uint16(32)),
        ])
        return tree + [UInt8](repeating: 0, count: 16) + data + [0xab, 0xcd, 0xef]
            + Array("MaxMind.com".utf8) + metadata.bytes
    }
}
