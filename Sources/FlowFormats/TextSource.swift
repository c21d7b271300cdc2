private import Glibc

/// The octets of a text file, plain or compressed, read in order.
struct TextSource {
    /// How the file is packed.
    enum Packing: Equatable { case plain, gzip, zstd }

    let path: String
    private let file: OpenFile
    private let inflater: Inflater?
    private var consumed = 0

    /// - Throws: `cannotOpen` if the file is not there, not readable or a folder.
    init(path: String, packing: Packing) throws(TableError) {
        self.path = path
        file = try OpenFile(path: path)
        inflater = packing == .plain ? nil : try Inflater(path: path, isGzip: packing == .gzip)
    }

    /// 0…1 of the file.
    var fraction: Double {
        let position = inflater?.position ?? consumed
        return file.size > 0 ? min(1, Double(position) / Double(file.size)) : 0
    }

    /// Octets to read at a time: no more than a plain file holds and one, to see its end.
    func blockSize(atMost limit: Int) -> Int {
        inflater == nil ? min(limit, file.size + 1) : limit
    }

    /// Fills `buffer` as far as the source allows; fewer octets than it holds mean the end.
    mutating func read(
        into buffer: UnsafeMutableRawBufferPointer, rowsSoFar: Int
    ) throws(TableError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = unsafe try readSome(into: rest, rowsSoFar: rowsSoFar)
            if count == 0 { break }
            filled += count
        }
        consumed += filled
        return filled
    }

    private func readSome(
        into rest: UnsafeMutableRawBufferPointer, rowsSoFar: Int
    ) throws(TableError) -> Int {
        if let inflater {
            switch unsafe inflater.read(into: rest) {
            case .success(let count): return count
            case .failure(let damage):
                throw .unreadable(path: path, row: rowsSoFar, reason: damage.reason)
            }
        }
        while true {
            let count = unsafe Glibc.read(file.descriptor, rest.baseAddress, rest.count)
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw .unreadable(path: path, row: rowsSoFar, reason: lastSystemError())
            }
        }
    }
}
