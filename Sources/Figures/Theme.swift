/// What a colour means in a figure; the `Theme` says how it looks.
package enum ColorRole: Hashable, Sendable {
    case paper, panel, ink, muted, grid, accent
    case water, land, border
    /// How rare something is: 0 common, 5 "1 in 100,000". Other numbers take the nearest.
    case tier(Int)

    static let plain: [ColorRole] = [
        .paper, .panel, .ink, .muted, .grid, .accent, .water, .land, .border,
    ]
    static let all = plain + TierMark.all.map { .tier($0.tier) }

    /// The name of the style sheet's variable and, behind a letter, of its classes.
    var name: String {
        switch self {
        case .paper: "paper"
        case .panel: "panel"
        case .ink: "ink"
        case .muted: "muted"
        case .grid: "grid"
        case .accent: "accent"
        case .water: "water"
        case .land: "land"
        case .border: "border"
        case .tier(let tier): "tier-\(min(max(tier, 0), 5))"
        }
    }
}

/// A colour of the screen.
package struct Color: Hashable, Sendable {
    package let red: UInt8
    package let green: UInt8
    package let blue: UInt8

    /// From the usual six hexadecimal digits, `0xRRGGBB`.
    init(_ hexadecimal: UInt32) {
        red = UInt8(truncatingIfNeeded: hexadecimal >> 16)
        green = UInt8(truncatingIfNeeded: hexadecimal >> 8)
        blue = UInt8(truncatingIfNeeded: hexadecimal)
    }

    /// `0xRRGGBB`.
    var word: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }

    func mixed(with other: Color, share: Double) -> Color {
        func part(_ a: UInt8, _ b: UInt8) -> UInt32 {
            UInt32((Double(a) + (Double(b) - Double(a)) * share).rounded())
        }
        return Color(
            part(red, other.red) << 16 | part(green, other.green) << 8 | part(blue, other.blue))
    }

    package var hexadecimal: String {
        let digits = String(word, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }
}

/// The colours of a figure: light or dark.
///
/// The tiers look the same in both and stand out from both papers with a contrast of at least 3 to
/// 1 (WCAG 2.2, 1.4.11), so that one raster serves both.
package enum Theme: String, CaseIterable, Sendable {
    case light, dark

    package func color(_ role: ColorRole) -> Color {
        if case .tier(let tier) = role { return TierMark(tier: tier).color }
        return self == .light ? Theme.light(role) : Theme.dark(role)
    }

    /// The colours a picture keeps exactly: those of the roles, and text on its way into the paper.
    var keptColors: [Color] {
        let steps = [ColorRole.ink, .muted].flatMap { role in
            (1..<12).map { color(role).mixed(with: color(.paper), share: Double($0) / 12) }
        }
        return ColorRole.all.map(color) + steps
    }

    private static func light(_ role: ColorRole) -> Color {
        switch role {
        case .paper: Color(0xFFFFFF)
        case .panel: Color(0xF6F8FA)
        case .ink: Color(0x1A1F26)
        case .muted: Color(0x5A6472)
        case .grid: Color(0xDFE4EA)
        case .accent: Color(0x4A7BC0)
        case .water: Color(0xF3F6F9)
        case .land: Color(0xDCE2E9)
        case .border, .tier: Color(0xF8FAFC)
        }
    }

    private static func dark(_ role: ColorRole) -> Color {
        switch role {
        case .paper: Color(0x12161C)
        case .panel: Color(0x191E26)
        case .ink: Color(0xE7EBF0)
        case .muted: Color(0x9BA6B4)
        case .grid: Color(0x2B323C)
        case .accent: Color(0x6FA1E2)
        case .water: Color(0x161B22)
        case .land: Color(0x303A46)
        case .border, .tier: Color(0x171C24)
        }
    }
}
