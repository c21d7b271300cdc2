/// Reasons as people read them: `shortIPHeader` becomes "short IP header".
enum ReasonWords {
    static func words(of name: String) -> String {
        if let known = knownWords[name] { return known }
        return name.replacing(/([a-z0-9])([A-Z])/) { "\($0.1) \($0.2)" }
            .replacing(/([A-Z]+)([A-Z][a-z])/) { "\($0.1) \($0.2)" }
            .split(separator: " ").map { word in
                if abbreviations.contains(word.lowercased()) { return word.uppercased() }
                let isAcronym = word.allSatisfy(\.isUppercase)
                return isAcronym ? String(word) : word.lowercased()
            }.joined(separator: " ")
    }

    /// What is written in capitals, though it begins a name.
    private static let abbreviations: Set = [
        "lldp", "stp", "ipx", "osi", "eapol", "mac", "ptp", "ppp", "mpls", "wlan", "udp",
    ]
    private static let knownWords = [
        "cisco": "Cisco", "netBIOS": "NetBIOS", "appleTalk": "AppleTalk",
        "pppoeDiscovery": "PPPoE discovery", "macsec": "MACsec",
        "otherEtherType": "other EtherType",
    ]
}
