import Foundation
import Statistics

/// Everything that a service knows at one moment, in one file: sections with a name, each a snapshot with its own
/// checksum. As the file is replaced at once, its sections are always of the same moment.
///
/// Format: a magic of eight letters, a version; then for each section the length of its name, its name, its
/// length in 64 bits, its octets. The order of the sections is that in which they were written.
struct Checkpoint {
    static let fileName = "checkpoint.ntds"
    private static let magic: StaticString = "NTDSCHKP"
    private static let version: UInt32 = 1
    /// Longest name of a section, and most of them.
    private static let (nameLimit, sectionLimit) = (128, 4096)

    private var sections: [String: [UInt8]] = [:]

    /// The names of all sections.
    var names: [String] { sections.keys.sorted() }

    /// The section of this name, which is gone then, as it may be large.
    mutating func take(_ name: String) -> [UInt8]? { sections.removeValue(forKey: name) }

    // MARK: Writing

    /// Replaces the checkpoint of a folder.
    ///
    /// - Parameter sections: their names with what makes their octets, so that only one is in memory at a time.
    /// - Returns: its octets.
    static func write(
        to state: StateFolder, _ sections: [(name: String, encoded: () -> [UInt8])]
    ) throws -> Int {
        var octets = 0
        try state.replace(fileName) { output in
            let head = ByteWriter(magic: magic, version: version).bytes
            try output.write(contentsOf: head)
            octets = head.count
            for section in sections {
                let body = section.encoded()
                var head = ByteWriter()
                head.add(section.name)
                head.add(UInt64(body.count))
                try output.write(contentsOf: head.bytes)
                try output.write(contentsOf: body)
                octets += head.bytes.count + body.count
            }
        }
        return octets
    }

    // MARK: Reading

    /// The checkpoint of a folder, `nil` if there is none.
    init?(from state: StateFolder) throws { try self.init(path: state.file(Self.fileName)) }

    /// A checkpoint by the path of its file, `nil` if there is none.
    init?(path: String) throws {
        guard let input = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? input.close() }
        var rest = Int(clamping: try input.seekToEnd())
        try input.seek(toOffset: 0)
        func read(_ count: Int) throws -> [UInt8] {
            guard count <= rest else {
                throw ByteReader.Failure.truncated(needed: count, available: rest)
            }
            rest -= count
            let octets = [UInt8](try input.read(upToCount: count) ?? Data())
            guard octets.count == count else {
                throw ByteReader.Failure.truncated(needed: count, available: octets.count)
            }
            return octets
        }
        let expected = ByteWriter(magic: Self.magic, version: Self.version).bytes
        let head = try read(expected.count)
        guard head.prefix(8) == expected.prefix(8) else {
            throw ByteReader.Failure.damaged("it does not start like one")
        }
        var reader = ByteReader(Array(head.dropFirst(8)))
        try reader.version(Self.version)
        while rest > 0 {
            var lengthReader = ByteReader(try read(4))
            let nameLength = Int(try lengthReader.uint32())
            guard nameLength <= Self.nameLimit, sections.count < Self.sectionLimit else {
                throw ByteReader.Failure.damaged("a section without a name")
            }
            let name = String(decoding: try read(nameLength), as: UTF8.self)
            var sizeReader = ByteReader(try read(8))
            guard let size = Int(exactly: try sizeReader.uint64()), sections[name] == nil else {
                throw ByteReader.Failure.damaged("a section that comes twice")
            }
            sections[name] = try read(size)
        }
    }
}
