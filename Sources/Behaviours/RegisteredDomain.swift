import Statistics

/// A name cut into the domain that somebody registered and what its owner put in front of it.
///
/// The registered domain is the last two labels, or the last three if the last is a country's (two letters) and the
/// one before it a word below which many countries register (`shared`): `example.co.uk`, `example.com.br`. That is the
/// rule of thumb of a list which is long and changes every week; it takes `example.kawasaki.jp` for a name below
/// `kawasaki.jp`, and everything below `github.io` for names of one owner.
struct RegisteredDomain: Hashable, Sendable {
    var domain: Substring
    /// What stands before the domain, without the dot between; never empty.
    var subdomain: Substring

    /// `nil` for a registered domain itself, single labels and the root.
    init?(_ name: String) {
        let dots = name.utf8.indices.filter { name.utf8[$0] == UInt8(ascii: ".") }
        guard dots.count >= 2 else { return nil }
        let last = name[name.index(after: dots[dots.count - 1])...]
        let second = name[name.index(after: dots[dots.count - 2])..<dots[dots.count - 1]]
        let labels = last.utf8.count == 2 && Self.shared.contains(second) ? 3 : 2
        guard dots.count >= labels else { return nil }
        let cut = dots[dots.count - labels]
        guard cut > name.startIndex else { return nil }
        domain = name[name.index(after: cut)...]
        subdomain = name[..<cut]
    }

    /// The registered domain that a name is or is below; `nil` for single labels and shared suffixes.
    static func domain(of name: String) -> Substring? {
        // A label in front makes every name one below something.
        guard name.utf8.contains(UInt8(ascii: ".")), let cut = RegisteredDomain("a." + name)
        else { return nil }
        return cut.domain
    }

    /// Names that ask for addresses backwards, or stay within the building.
    static func isLocal(_ name: String) -> Bool {
        let last = name.utf8.lastIndex(of: UInt8(ascii: ".")).map { name[name.index(after: $0)...] }
        guard let last else { return true }
        return last == "arpa" || last == "local" || last == "lan" || last == "home"
            || last == "internal" || last == "localdomain" || last == "localhost" || last == "test"
    }

    private static let shared: Set<Substring> = [
        "ac", "ad", "co", "com", "edu", "go", "gob", "gouv", "gov", "govt", "gv", "id", "info",
        "ltd", "me", "mil", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "sch", "school",
        "web",
    ]
}

/// What a text is made of.
enum TextEntropy {
    /// Bits per character by the frequencies of its octets, dots left out; 0 for an empty text.
    static func bits(_ text: Substring) -> Double {
        var counts = [Int](repeating: 0, count: 256)
        var total = 0
        for octet in text.utf8 where octet != UInt8(ascii: ".") {
            counts[Int(octet)] += 1
            total += 1
        }
        guard total > 0 else { return 0 }
        var sum = 0.0
        for count in counts where count > 0 {
            let share = Double(count) / Double(total)
            sum -= share * naturalLogarithm(share)
        }
        return sum / 0.693_147_180_559_945_3
    }
}
