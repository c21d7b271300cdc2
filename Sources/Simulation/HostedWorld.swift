import NetworkTypes
import Statistics

/// Somebody outside who is called by name.
struct HostedDestination: Sendable {
    let name: String
    let application: HostedApplication
    let port: UInt16
    /// One of them at a time, as its name servers give them out.
    let addresses: [IPAddress]
}

/// The Internet as the hosted campus uses it: some services that everybody uses, and sites without end that few
/// do, some of them new each day.
struct HostedWorld: Sendable {
    /// What a service is used for.
    enum Use: Int, Sendable, CaseIterable {
        case search, social, video, content, advertising, office, synchronisation, chat, push
        case windowsUpdate, appleUpdate, linuxUpdate, antivirus, telemetry, mail, music, storage
        case clock, game, resolver
    }

    private let services: [[HostedDestination]]
    /// Sites by rank; the end of the list are those first visited of late.
    private(set) var sites: [HostedDestination] = []
    private let countries = CumulativeShares(PublicPrefixes.all.map(\.weight))
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        services = Use.allCases.map { use in
            Self.entries.filter { $0.use == use }.flatMap { entry in
                entry.names.map { Self.destination($0, entry) }
            }
        }
        sites.reserveCapacity(4000)
        for _ in 0..<1500 { addSite() }
    }

    /// A service of this use, the first ones most often.
    func service(_ use: Use, _ generator: inout SeededGenerator) -> HostedDestination {
        let all = services[use.rawValue]
        return all[generator.skewedIndex(below: all.count)]
    }

    /// The service of this use that this machine always uses.
    func service(_ use: Use, of machine: Int) -> HostedDestination {
        let all = services[use.rawValue]
        return all[machine % all.count]
    }

    /// A site that somebody visits: often one that all know, often one of their own, at times a new one.
    mutating func site(of machine: Int, _ generator: inout SeededGenerator) -> HostedDestination {
        let choice = generator.uniform()
        if choice < 0.012 {
            addSite()
            return sites[sites.count - 1]
        }
        let rank = generator.skewedIndex(below: choice < 0.45 ? 1000 : 60)
        if choice < 0.45 { return sites[rank] }
        // Everybody's favourites lie elsewhere in the list.
        return sites[(machine &* 137 &+ rank &* 29) % sites.count]
    }

    /// An address of some country.
    func anyAddress(_ generator: inout SeededGenerator) -> IPAddress {
        let networks = PublicPrefixes.all[countries.index(at: generator.uniform())].networks
        let (high, low) = generator.choice(of: networks)
        return Self.address(high, low, generator.next())
    }

    /// A name that nobody uses yet, by the number of its owner.
    static func freshName(_ generator: inout SeededGenerator) -> String {
        let first = generator.choice(of: words)
        let second = generator.choice(of: words)
        return "\(first)-\(second)\(generator.index(below: 90) + 10).example"
    }

    private mutating func addSite() {
        let number = sites.count
        var generator = SeededGenerator(seed: seed, row: number)
        let word = generator.choice(of: Self.words)
        let other = generator.choice(of: Self.words)
        let kind = generator.uniform()
        let isPlain = kind < 0.1
        sites.append(
            HostedDestination(
                name: "www.\(word)\(other)\(number).example",
                application: isPlain ? .http : kind < 0.25 ? .cloudflare : .ssl,
                port: isPlain ? 80 : 443,
                addresses: (0..<(kind < 0.25 ? 3 : 1)).map { _ in anyAddress(&generator) }))
    }

    private static func destination(_ name: String, _ entry: Entry) -> HostedDestination {
        var hash = StableHash()
        hash.combine(name.utf8Span.span)
        var mixer = SplitMix64(seed: hash.value)
        let addresses = (0..<entry.width).map { number in
            let (high, low) = entry.networks[number % entry.networks.count]
            return address(high, low, mixer.next())
        }
        return HostedDestination(
            name: name, application: entry.application,
            port: entry.port ?? entry.application.model.port, addresses: addresses)
    }

    private static func address(_ high: UInt8, _ low: UInt8, _ word: UInt64) -> IPAddress {
        let host = UInt32(truncatingIfNeeded: word >> 8) % 254 + 1
        return IPAddress(
            ipv4: UInt32(high) << 24 | UInt32(low) << 16 | UInt32(word & 0xff) << 8 | host)
    }

    /// Names of one operator, in its networks of 65,536 addresses.
    private struct Entry {
        let use: Use
        let application: HostedApplication
        let names: [String]
        let networks: [(UInt8, UInt8)]
        /// Addresses a name has.
        let width: Int
        let port: UInt16?

        init(
            _ use: Use, _ application: HostedApplication, _ names: [String],
            _ networks: [(UInt8, UInt8)], width: Int = 4, port: UInt16? = nil
        ) {
            (self.use, self.application, self.names) = (use, application, names)
            (self.networks, self.width, self.port) = (networks, width, port)
        }
    }

    private static let entries: [Entry] = [
        Entry(.search, .google, ["www.google.com", "docs.google.com"], [(34, 149), (34, 160)]),
        Entry(.search, .wikipedia, ["en.wikipedia.org", "upload.wikimedia.org"], [(145, 91)]),
        Entry(.search, .amazon, ["www.amazon.com"], [(52, 210), (3, 80)], width: 8),
        Entry(.search, .microsoft, ["www.bing.com"], [(51, 11)]),
        Entry(.social, .facebook, ["www.facebook.com", "static.fbcdn.net"], [(155, 62)]),
        Entry(.social, .instagram, ["i.instagram.com"], [(155, 62)]),
        Entry(.social, .twitter, ["api.twitter.com", "pbs.twimg.com"], [(172, 228)]),
        Entry(.video, .youtube, ["rr3.googlevideo.com", "i.ytimg.com"], [(34, 149)], width: 12),
        Entry(.video, .netflix, ["ipv4-c004.oca.nflxvideo.net"], [(145, 91)], width: 6),
        Entry(
            .content, .cloudflare, ["cdnjs.cloudflare.com", "unpkg.com", "cdn.jsdelivr.net"],
            [(104, 16), (104, 18)], width: 8),
        Entry(
            .content, .ssl, ["github.githubassets.com", "fonts.gstatic.com"], [(151, 101)],
            width: 8),
        Entry(.content, .amazon, ["d1.cloudfront.net", "d2.cloudfront.net"], [(3, 83)], width: 10),
        Entry(
            .advertising, .google, ["doubleclick.net", "googletagmanager.com"], [(34, 160)],
            width: 6),
        Entry(.advertising, .ssl, ["ads.exchange.example", "pixel.tracker.example"], [(18, 142)]),
        Entry(.office, .office, ["outlook.office365.com", "teams.microsoft.com"], [(51, 11)]),
        Entry(.synchronisation, .dropbox, ["notify.dropbox.com"], [(162, 125)]),
        Entry(.synchronisation, .oneDrive, ["onedrive.live.com"], [(51, 11)]),
        Entry(.chat, .skype, ["trouter.teams.microsoft.com"], [(51, 11)]),
        Entry(.chat, .telegram, ["venus.web.telegram.org"], [(86, 80)]),
        Entry(.push, .whatsApp, ["e1.whatsapp.net"], [(155, 62)]),
        Entry(.push, .applePush, ["courier.push.apple.com"], [(17, 1)], width: 8),
        Entry(
            .windowsUpdate, .windowsUpdate,
            ["slscr.update.microsoft.com", "ctldl.windowsupdate.com"], [(51, 11)], width: 6),
        Entry(.appleUpdate, .apple, ["mesu.apple.com", "gateway.icloud.com"], [(17, 1)], width: 6),
        Entry(
            .linuxUpdate, .download, ["deb.debian.org", "security.debian.org"],
            [(151, 101), (146, 75)]),
        Entry(.antivirus, .ssl, ["definitions.guardian.example"], [(52, 210)]),
        Entry(.telemetry, .microsoft, ["v10.events.data.microsoft.com"], [(51, 11)], width: 6),
        Entry(.mail, .gmail, ["imap.gmail.com"], [(34, 149)], width: 2, port: 993),
        Entry(.music, .spotify, ["audio-fa.scdn.co"], [(34, 160), (151, 101)], width: 6),
        Entry(.storage, .amazon, ["backup-vault.s3.amazonaws.com"], [(52, 210)], width: 6),
        Entry(
            .clock, .ntp,
            ["0.pool.ntp.org", "1.pool.ntp.org", "2.pool.ntp.org", "3.pool.ntp.org"],
            [(90, 233), (86, 80), (87, 129)], width: 1),
        Entry(.game, .steam, ["cm.steamserver.net"], [(155, 62), (146, 75)], width: 8),
        Entry(
            .resolver, .dns, ["resolver1.isp.example", "resolver2.isp.example"], [(145, 91)],
            width: 1),
    ]

    private static let words = [
        "harbour", "library", "garden", "music", "weather", "news", "travel", "kitchen", "bicycle",
        "history", "physics", "market", "football", "theatre", "camera", "river", "mountain",
        "coffee", "letter", "window", "planet", "school", "doctor", "engine", "forest", "island",
        "paper", "silver", "summer", "winter", "yellow", "zebra",
    ]
}
