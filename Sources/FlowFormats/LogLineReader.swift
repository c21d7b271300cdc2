private import Glibc

/// Hands out the lines of a log one by one, and goes on where it stopped when a plain file has grown.
///
/// A line longer than the limit is skipped and told, so that memory stays bounded whatever is in the file.
struct LogLineReader {
    /// A longer line is not read.
    static let lineLimit = 1 << 20

    enum Line {
        /// A line without its line feed, as a place in `octets`; the last line of a file may lack one.
        case line(Range<Int>)
        case tooLong
        /// Nothing more for now.
        case end
    }

    let path: String
    /// The memory that lines are places of, valid until the next line is asked for.
    private(set) var octets: [UInt8]
    private let file: OpenFile
    private let inflater: Inflater?
    private let isFollowing: Bool
    /// The part of `octets` that was read and not handed out, and how far it is known to have no line feed.
    private var rest = 0..<0
    private var searched = 0
    private var isSkipping = false
    private var isAtEnd = false
    /// Octets read from the file or the inflater.
    private var readCount = 0

    /// - Parameter isFollowing: Whether a line is complete only with its line feed, and the end may move.
    init(path: String, packing: TextSource.Packing, isFollowing: Bool) throws(TableError) {
        self.path = path
        self.isFollowing = isFollowing
        file = try OpenFile(path: path)
        inflater = packing == .plain ? nil : try Inflater(path: path, isGzip: packing == .gzip)
        octets = [UInt8](repeating: 0, count: 1 << 16)
    }

    /// Where the next line begins, in octets of the (inflated) file.
    var position: Int { readCount - rest.count }

    /// Whether the file was emptied or another one has its name, so that nothing more is to come.
    var isReplaced: Bool {
        var own = stat()
        var named = stat()
        guard unsafe fstat(file.descriptor, &own) == 0, unsafe stat(path, &named) == 0 else {
            return true
        }
        return own.st_ino != named.st_ino || own.st_dev != named.st_dev
            || inflater == nil && Int(own.st_size) < position
    }

    /// Goes to an offset of the (inflated) file, at which a line must begin; a packed one is read up to there, and
    /// goes forward only.
    mutating func skip(to offset: Int) throws(TableError) {
        guard offset != position else { return }
        (isSkipping, isAtEnd) = (false, false)
        guard inflater == nil else {
            while readCount < offset {
                rest = rest.upperBound..<rest.upperBound
                if try fill(0) == 0 { break }
            }
            let behind = min(max(readCount - offset, 0), rest.count)
            rest = (rest.upperBound - behind)..<rest.upperBound
            searched = rest.lowerBound
            return
        }
        guard lseek(file.descriptor, off_t(offset), SEEK_SET) == off_t(offset) else {
            throw .unreadable(path: path, row: 0, reason: lastSystemError())
        }
        (readCount, rest, searched) = (offset, 0..<0, 0)
    }

    /// Makes the line last handed out, or its end, the next one again.
    mutating func putBack(_ line: Range<Int>) {
        rest = line.lowerBound..<rest.upperBound
        searched = line.lowerBound
    }

    /// - Parameter row: For an error: how many lines were read.
    mutating func next(row: Int) throws(TableError) -> Line {
        while true {
            if let feed = nextLineFeed() {
                let line = rest.lowerBound..<feed
                rest = (feed + 1)..<rest.upperBound
                searched = rest.lowerBound
                if !isSkipping && line.count <= Self.lineLimit { return .line(withoutReturn(line)) }
                isSkipping = false
                return .tooLong
            }
            if rest.count > Self.lineLimit || isSkipping {
                isSkipping = true
                rest = rest.upperBound..<rest.upperBound
                searched = rest.lowerBound
            }
            if isAtEnd && !isFollowing { return lastLine() }
            if try fill(row) == 0 {
                isAtEnd = true
                if isFollowing { return .end }
            }
        }
    }

    /// What stands behind the last line feed.
    private mutating func lastLine() -> Line {
        let line = rest
        rest = rest.upperBound..<rest.upperBound
        searched = rest.lowerBound
        if isSkipping {
            isSkipping = false
            return .tooLong
        }
        return line.isEmpty ? .end : .line(withoutReturn(line))
    }

    private func withoutReturn(_ line: Range<Int>) -> Range<Int> {
        !line.isEmpty && octets[line.upperBound - 1] == UInt8(ascii: "\r")
            ? line.lowerBound..<(line.upperBound - 1) : line
    }

    private mutating func nextLineFeed() -> Int? {
        let place = searched..<rest.upperBound
        searched = rest.upperBound
        return unsafe octets.withUnsafeBytes { octets in
            guard let base = octets.baseAddress, !place.isEmpty,
                let found = unsafe memchr(base + place.lowerBound, 0x0A, place.count)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// Reads some more octets behind the rest, which moves to the start; 0 at the end.
    private mutating func fill(_ row: Int) throws(TableError) -> Int {
        if rest.lowerBound > 0 {
            let (start, count) = (rest.lowerBound, rest.count)
            unsafe octets.withUnsafeMutableBytes { octets in
                if let base = octets.baseAddress { unsafe memmove(base, base + start, count) }
            }
            searched -= start
            rest = 0..<count
        }
        // never more than twice the limit and a little: a longer rest was given up before
        if rest.count == octets.count {
            octets.append(contentsOf: repeatElement(0, count: octets.count))
        }
        let place = rest.upperBound..<octets.count
        let inflater = self.inflater
        let descriptor = file.descriptor
        let result = unsafe octets.withUnsafeMutableBytes { octets -> Result<Int, DamagedStream> in
            let room = unsafe UnsafeMutableRawBufferPointer(rebasing: octets[place])
            if let inflater { return unsafe inflater.read(into: room) }
            while true {
                let count = unsafe read(descriptor, room.baseAddress, room.count)
                if count >= 0 { return .success(count) }
                if errno != EINTR { return .failure(DamagedStream(reason: lastSystemError())) }
            }
        }
        switch result {
        case .success(let count):
            rest = rest.lowerBound..<(rest.upperBound + count)
            readCount += count
            return count
        case .failure(let damage):
            throw .unreadable(path: path, row: row, reason: damage.reason)
        }
    }
}
