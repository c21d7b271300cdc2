/// Adds up lines as density and turns it into a raster, one tier laid over the other.
struct DensityField {
    let side: Int
    private var density: [Float]
    /// The density of the tiers already laid.
    private var commoner: [Float]
    private var pixels: [UInt32]

    init(side: Int) {
        self.side = side
        density = [Float](repeating: 0, count: side * side)
        commoner = density
        pixels = [UInt32](repeating: 0, count: side * side)
    }

    var raster: Raster { Raster(width: side, height: side, pixels: pixels) }

    /// Adds a line one pixel wide with smooth edges, both ends at least two pixels inside.
    mutating func addLine(from start: Point, to end: Point, weight: Float) {
        let dx = end.x - start.x
        let dy = end.y - start.y
        let isSteep = abs(dy) > abs(dx)
        // Along the axis where it is longer, the line takes one step a pixel and lies between two.
        let length = isSteep ? abs(dy) : abs(dx)
        let slope = length > 0 ? (isSteep ? dx : dy) / length : 0
        let isForward = isSteep ? dy >= 0 : dx >= 0
        let alongStep = (isSteep ? side : 1) * (isForward ? 1 : -1)
        let acrossStep = isSteep ? 1 : side
        var along = Int(isSteep ? start.y : start.x) * (isSteep ? side : 1)
        // Sixteen bits behind the point.
        var across = Int((isSteep ? start.x : start.y) * 65536)
        let slopeStep = Int(slope * 65536)
        var span = density.mutableSpan
        for _ in 0...Int(length) {
            let part = Float(across & 0xFFFF) * (weight / 65536)
            let place = along + (across >> 16) * acrossStep
            span[place] += weight - part
            span[place + acrossStep] += part
            along += alongStep
            across += slopeStep
        }
    }

    /// Lays what was added over what is there, in the tier's colour, and clears the density.
    ///
    /// A rarer tier is always seen through to the top, the more so where it is frequent beside the
    /// commoner ones: each pixel tells both what is there and what is typical there.
    ///
    /// - Parameter count: how many polygons the tier has; the more, the fainter a single line is.
    mutating func settle(_ mark: TierMark, count: Int) {
        let largest = density.reduce(0, max)
        let single = max(0.75 - 0.14 * Self.log2(Float(max(count, 1))) / 3.32, 0.07)
        let top = 0.72 + 0.05 * Float(mark.tier)
        let perOctave = (top - single) / max(Self.log2(1 + largest) - 1, 1)
        // Each tier has about a tenth of the polygons of the one before.
        let boost = Float(1 << (2 * mark.tier))
        let layers = (0...Self.steps).map {
            Layer(mark.color, alpha: UInt32($0 * 255 / Self.steps))
        }
        for index in density.indices {
            let amount = density[index]
            guard amount > 0 else { continue }
            density[index] = 0
            // A line is 1 and has the single opacity; less is its smooth edge.
            var alpha =
                amount < 1 ? amount * single : single + (Self.log2(1 + amount) - 1) * perOctave
            alpha *= 0.35 + 0.65 * (boost * amount / (boost * amount + commoner[index]))
            commoner[index] += amount
            let step = min(Int(alpha * Float(Self.steps) + 0.5), Self.steps)
            pixels[index] = layers[step].over(pixels[index])
        }
    }

    /// Steps of opacity; more would be more colours, not more to see.
    private static let steps = 24

    /// One colour and opacity, ready to be laid over pixels.
    private struct Layer {
        private let color: UInt32
        private let remainder: UInt32

        init(_ color: Color, alpha: UInt32) {
            func part(_ value: UInt8) -> UInt32 { (UInt32(value) * alpha + 127) / 255 }
            self.color =
                alpha << 24 | part(color.red) << 16 | part(color.green) << 8 | part(color.blue)
            remainder = 256 - alpha - alpha >> 7
        }

        /// Two channels at a time, each in sixteen bits.
        func over(_ below: UInt32) -> UInt32 {
            let even = ((below & 0xFF00FF) * remainder) >> 8 & 0xFF00FF
            let odd = ((below >> 8 & 0xFF00FF) * remainder) & 0xFF00_FF00
            return color + (even | odd)
        }
    }

    /// The logarithm within a tenth, straight between powers of two: quick, and the same
    /// everywhere.
    private static func log2(_ value: Float) -> Float {
        Float(value.bitPattern) / 8_388_608 - 127
    }
}
