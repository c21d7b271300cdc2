import NetworkTypes
import Statistics

/// Servers on the Internet that the campus uses: one operator's names and networks.
struct CaptureService: Sendable {
    /// What they are used for.
    enum Use: Sendable, CaseIterable {
        case page, quic, plain, video, windowsUpdate, debianUpdate, mail, time
    }

    let uses: [Use]
    let hosts: [String]
    /// The first two octets of the operator's networks, from `PublicPrefixes`.
    let networks: [(high: Int, low: Int)]
    /// The upper half of its IPv6 addresses, 0 for none.
    let version6: UInt64
    /// Milliseconds to the server and back.
    let roundTrip: Double

    private init(
        _ uses: [Use], _ hosts: [String], _ networks: [(high: Int, low: Int)],
        _ version6: UInt64 = 0, _ roundTrip: Double
    ) {
        (self.uses, self.hosts, self.networks) = (uses, hosts, networks)
        (self.version6, self.roundTrip) = (version6, roundTrip)
    }

    /// The address of one of its hosts: always the same for the same name and number.
    func address(of host: String, number: Int = 0, isVersion6: Bool = false) -> IPAddress {
        var hash = StableHash()
        hash.combine(host.utf8Span.span)
        hash.combine(UInt64(number))
        let value = hash.value
        if isVersion6, version6 != 0 {
            return IPAddress(high: version6, low: value >> 48)
        }
        let network = networks[Int(value >> 40) % networks.count]
        let rest = UInt32(value >> 8 & 0xff) << 8 | UInt32(value & 0xff) % 253 + 1
        return IPAddress(ipv4: UInt32(network.high) << 24 | UInt32(network.low) << 16 | rest)
    }

    /// Those of a use, the most used first.
    static func all(for use: Use) -> [CaptureService] { all.filter { $0.uses.contains(use) } }

    private static let all: [CaptureService] = [
        CaptureService(
            [.page, .quic],
            ["www.google.com", "mail.google.com", "docs.google.com", "fonts.gstatic.com"],
            [(34, 149), (34, 160)], 0x2a00_1450_4013_0c01, 18),
        CaptureService(
            [.page], ["login.microsoftonline.com", "teams.microsoft.com", "outlook.office365.com"],
            [(51, 11)], 0x2603_1026_0c03_0000, 28),
        CaptureService(
            [.page, .quic, .plain], ["cdnjs.cloudflare.com", "blog.cloudflare.com"],
            [(104, 16), (104, 18)], 0x2606_4700_0000_0000, 9),
        CaptureService(
            [.page], ["www.amazon.com", "s3.amazonaws.com", "eu-west-1.console.aws.amazon.com"],
            [(3, 80), (52, 210)], 0, 34),
        CaptureService(
            [.page], ["www.apple.com", "gateway.icloud.com"], [(17, 1)], 0x2620_0149_0af0_0000, 24),
        CaptureService([.page], ["client.dropbox.com", "www.dropbox.com"], [(162, 125)], 0, 26),
        CaptureService(
            [.page], ["github.githubassets.com", "www.reddit.com"], [(151, 101), (146, 75)],
            0x2a04_4e42_0000_0000, 8),
        CaptureService(
            [.page, .plain], ["www.stadtwerke.example", "library.hochschule.example"],
            [(87, 129), (94, 220)], 0, 31),
        CaptureService(
            [.page, .plain], ["www.prefeitura.example", "noticias.jornal.example"],
            [(187, 46), (179, 118)], 0, 148),
        CaptureService(
            [.page, .plain], ["journals.press.example", "weather.service.example"],
            [(86, 152), (82, 28)], 0, 22),
        CaptureService(
            [.video, .quic],
            ["rr3---sn-h5q7knes.googlevideo.com", "i.ytimg.com", "www.youtube.com"],
            [(34, 149), (34, 160)], 0x2a00_1450_4013_0c02, 16),
        CaptureService(
            [.video], ["ipv4-c004-ams001-ix.1.oca.nflxvideo.net"], [(145, 91)], 0, 11),
        CaptureService(
            [.windowsUpdate], ["download.windowsupdate.com", "ctldl.windowsupdate.com"],
            [(51, 11)], 0, 20),
        CaptureService(
            [.debianUpdate], ["deb.debian.org", "security.debian.org"], [(151, 101), (146, 75)],
            0x2a04_4e42_0000_0204, 8),
        CaptureService(
            [.mail], ["partner.example", "conference.example", "newsletter.example"],
            [(90, 29), (83, 12), (53, 127)], 0, 41),
        CaptureService(
            [.time], ["0.debian.pool.ntp.org", "1.debian.pool.ntp.org"], [(86, 80), (90, 233)], 0,
            14),
    ]
}
