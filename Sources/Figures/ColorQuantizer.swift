/// A palette of at most 256 colours for a picture, and each colour's index in it.
///
/// Up to 256 colours are kept as they are. Where there are more, those wanted and then the most
/// frequent are, and each of the rest takes the nearest of them.
struct ColorQuantizer {
    /// In the form of the pixels.
    private(set) var palette: [UInt32] = []
    private var table = ColorTable()
    /// By the table's numbers.
    private var indices: [UInt8] = []

    /// - Parameter wanted: colours that are kept exactly, at most 256.
    init(_ pixels: Span<UInt32>, layout: PixelLayout, wanted: [UInt32]) {
        for color in wanted { _ = table.number(of: color) }
        var counts = [Int](repeating: 0, count: table.colors.count)
        var number = 0
        var last = UInt32.max
        for row in 0..<layout.height {
            layout.forEachChange(in: pixels, row: row) { _, color in
                if color != last {
                    last = color
                    number = table.number(of: color)
                    if number == counts.count { counts.append(0) }
                }
                counts[number] += 1
            }
        }
        for number in wanted.indices { counts[table.number(of: wanted[number])] = .max }
        assign(byFrequency: counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) })
    }

    /// The index of a colour of the picture.
    func index(of color: UInt32) -> UInt8 {
        indices[table.knownNumber(of: color)]
    }

    private mutating func assign(byFrequency numbers: [Int]) {
        palette = numbers.prefix(256).map { table.colors[$0] }
        indices = [UInt8](repeating: 0, count: numbers.count)
        for (rank, number) in numbers.enumerated() {
            indices[number] = rank < 256 ? UInt8(rank) : nearest(to: table.colors[number])
        }
    }

    private func nearest(to color: UInt32) -> UInt8 {
        var best = 0
        var bestDistance = Int32.max
        for (index, entry) in palette.enumerated() {
            let distance = Self.distance(entry, color)
            if distance < bestDistance { (best, bestDistance) = (index, distance) }
        }
        return UInt8(best)
    }

    /// The squared distance, weighted roughly as the eye does.
    private static func distance(_ a: UInt32, _ b: UInt32) -> Int32 {
        func difference(_ shift: UInt32) -> Int32 {
            Int32(truncatingIfNeeded: (a >> shift) & 0xFF)
                - Int32(truncatingIfNeeded: (b >> shift) & 0xFF)
        }
        let (alpha, red) = (difference(24), difference(16))
        let (green, blue) = (difference(8), difference(0))
        return 4 * alpha * alpha + 2 * red * red + 4 * green * green + 3 * blue * blue
    }
}

/// How pixels lie in memory: rows `stride` words apart.
struct PixelLayout {
    let width: Int
    let height: Int
    let stride: Int
    /// Which bits of a word count: `0xFFFFFF` where the pixels have no opacity.
    let mask: UInt32

    /// Visits the pixels of a row that differ from the one above them; in the first row, all.
    ///
    /// Most rows of a figure equal their neighbour, so sixteen pixels are compared at once.
    func forEachChange(
        in pixels: Span<UInt32>, row: Int, _ visit: (_ column: Int, _ color: UInt32) -> Void
    ) {
        let line = pixels.extracting(row * stride..<row * stride + width)
        guard row > 0 else {
            for column in 0..<width { visit(column, line[column] & mask) }
            return
        }
        let above = pixels.extracting((row - 1) * stride..<(row - 1) * stride + width)
        var column = 0
        while column < width {
            let end = min(column + 16, width)
            if end - column == 16 {
                var difference: UInt32 = 0
                for offset in 0..<16 {
                    // SAFETY: column + 15 < end <= width, the length of both.
                    unsafe difference |=
                        line[unchecked: column &+ offset] ^ above[unchecked: column &+ offset]
                }
                if difference & mask == 0 {
                    column = end
                    continue
                }
            }
            for place in column..<end where (line[place] ^ above[place]) & mask != 0 {
                visit(place, line[place] & mask)
            }
            column = end
        }
    }
}

/// Numbers colours in order of appearance: an open hash table.
///
/// Holds 2,048 colours exactly; later ones are known by their upper four bits a channel only, so
/// that no picture needs more than three times as many numbers.
private struct ColorTable {
    private(set) var colors: [UInt32] = []
    /// The number above the colour; all ones where there is none.
    private var slots = [UInt64](repeating: .max, count: 1 << 15)

    mutating func number(of color: UInt32) -> Int {
        if let known = find(color) { return known }
        guard colors.count >= 2048 else { return insert(color) }
        let coarse = Self.coarse(color)
        return find(coarse) ?? insert(coarse)
    }

    /// The number of a colour that was numbered before.
    func knownNumber(of color: UInt32) -> Int {
        find(color) ?? find(Self.coarse(color)) ?? 0
    }

    private static func coarse(_ color: UInt32) -> UInt32 {
        (color & 0xF0F0_F0F0) | 0x08_0808
    }

    private func find(_ color: UInt32) -> Int? {
        let slot = slots[slot(of: color)]
        return slot == .max ? nil : Int(slot >> 32)
    }

    private mutating func insert(_ color: UInt32) -> Int {
        slots[slot(of: color)] = UInt64(colors.count) << 32 | UInt64(color)
        colors.append(color)
        return colors.count - 1
    }

    /// Where the colour is, or where it would be put.
    private func slot(of color: UInt32) -> Int {
        var slot = Int((color &* 0x9E37_79B1) >> 17)
        while slots[slot] != .max && UInt32(truncatingIfNeeded: slots[slot]) != color {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
