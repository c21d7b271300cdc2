/// Whole lines of a text, in memory that is used again and again.
struct TextBlock {
    /// Octets behind `lines` that may be read but mean nothing.
    static let padding = 64

    fileprivate var octets: [UInt8] = []
    /// Where the lines stand in `octets`.
    fileprivate(set) var lines = 0..<0

    /// Hands the lines, followed by the padding, to `body`.
    func withLines(_ body: (UnsafeRawBufferPointer) -> Void) {
        unsafe octets.withUnsafeBytes { unsafe body(UnsafeRawBufferPointer(rebasing: $0[lines])) }
    }
}

/// Cuts a source into blocks of whole lines.
struct LineReader {
    /// A line longer than this is not read: the table is refused.
    static let lineLimit = 1 << 20
    /// Large blocks repeat more words each, which are then looked up in the table's list only once.
    private static let blockSize = 16 << 20

    private var source: TextSource
    private var carry: [UInt8] = []
    private var skipsLine: Bool
    private var isFirst = true
    private var atEnd = false

    /// - Parameter skipsLine: Whether the first line is a header, which is left out.
    init(source: TextSource, skipsLine: Bool) {
        self.source = source
        self.skipsLine = skipsLine
    }

    /// 0…1 of the source.
    var fraction: Double { source.fraction }

    /// Fills `block` with the next whole lines; false at the end.
    mutating func next(into block: inout TextBlock, rowsSoFar: Int) throws(TableError) -> Bool {
        if block.octets.isEmpty {
            let room =
                Self.lineLimit + source.blockSize(atMost: Self.blockSize) + TextBlock.padding + 1
            block.octets = [UInt8](repeating: 0, count: room)
        }
        while !atEnd {
            let kept = carry.count
            let wanted = block.octets.count - Self.lineLimit - TextBlock.padding - 1
            for index in 0..<kept { block.octets[index] = carry[index] }
            var end = kept + (try fill(&block.octets, kept..<(kept + wanted), rowsSoFar))
            atEnd = end < kept + wanted
            if atEnd {
                if end > 0, block.octets[end - 1] != UInt8(ascii: "\n") {
                    block.octets[end] = UInt8(ascii: "\n")
                    end += 1
                }
                carry = []
            } else {
                var cut = end
                while cut > 0, block.octets[cut - 1] != UInt8(ascii: "\n") { cut -= 1 }
                guard end - cut <= Self.lineLimit else {
                    throw .unreadable(
                        path: source.path, row: rowsSoFar,
                        reason: "a line is longer than \(Self.lineLimit) octets")
                }
                carry = Array(block.octets[cut..<end])
                end = cut
            }
            block.lines = isFirst ? headEnd(block.octets, end)..<end : 0..<end
            isFirst = false
            if !block.lines.isEmpty { return true }
        }
        return false
    }

    private mutating func fill(
        _ octets: inout [UInt8], _ place: Range<Int>, _ rowsSoFar: Int
    ) throws(TableError) -> Int {
        var failure: TableError?
        let count = unsafe octets.withUnsafeMutableBytes { buffer in
            do throws(TableError) {
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[place])
                return unsafe try source.read(into: room, rowsSoFar: rowsSoFar)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return count
    }

    /// Where the rows of the first block start: behind a byte-order mark and the header line.
    private func headEnd(_ octets: [UInt8], _ end: Int) -> Int {
        var start = octets[..<end].starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        guard skipsLine else { return start }
        // blank lines before the header are not the header
        while start < end, octets[start] == 0x0A || octets[start] == 0x0D { start += 1 }
        while start < end, octets[start] != 0x0A { start += 1 }
        return min(start + 1, end)
    }
}
