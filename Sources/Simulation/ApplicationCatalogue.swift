/// An application that can carry the flows of the campus.
struct SimulatedApplication: Sendable {
    /// How its flows look, roughly; the numbers are drawn from the seed.
    enum Character: Sendable {
        case web, bulk, chat, mail, query, control
    }

    let name: String
    /// nDPI's number, in the numbering of 2017.
    let number: Int64
    let character: Character
    /// 6 TCP, 17 UDP, 0 for everything else, as the meter writes it.
    let transport: Int64
    let port: UInt16
}

/// Eighty applications by nDPI's names of 2017, most frequent first.
enum ApplicationCatalogue {
    static let all: [SimulatedApplication] = [
        web("GOOGLE", 126), web("HTTP", 7, 80), web("HTTP_PROXY", 131, 3128), web("SSL", 91),
        web("HTTP_CONNECT", 130, 3128), bulk("YOUTUBE", 124), web("AMAZON", 178),
        web("MICROSOFT", 212), query("DNS", 5, 53), mail("GMAIL", 122, 443),
        bulk("WINDOWS_UPDATE", 147, 80), chat("SKYPE", 125), web("FACEBOOK", 119),
        bulk("DROPBOX", 121), web("YAHOO", 70), chat("SSH", 92, 22), web("TWITTER", 120),
        query("NTP", 9, 123), web("CLOUDFLARE", 220), chat("MSN", 68),
        bulk("CONTENT_FLASH", 40, 80), chat("SMB", 16, 445), web("APPLE", 140),
        mail("OFFICE_365", 219, 443), chat("WHATSAPP", 142), web("INSTAGRAM", 211),
        web("WIKIPEDIA", 176), bulk("MS_ONE_DRIVE", 221), control("IP_ICMP", 81),
        bulk("NETFLIX", 133), bulk("APPLE_ITUNES", 145), bulk("SPOTIFY", 156),
        web("APPLE_ICLOUD", 143), web("EBAY", 179), web("SSL_NO_CERT", 64),
        web("GOOGLE_MAPS", 123), datagrams("QUIC", 188, 443), chat("TEAMVIEWER", 148, 5938),
        bulk("HTTP_DOWNLOAD", 60, 80), chat("MQTT", 222, 1883), web("TOR", 163, 9001),
        bulk("FTP_DATA", 175, 20), web("UBUNTUONE", 169), chat("EDONKEY", 36, 4662),
        web("WAZE", 135), bulk("DEEZER", 210), chat("UNENCRYPED_JABBER", 67, 5222),
        chat("TELEGRAM", 185), chat("CITRIX", 132, 1494), control("IP_OSPF", 85),
        query("SNMP", 14, 161), mail("LOTUS_NOTES", 150, 1352), web("CNN", 180, 80),
        bulk("TWITCH", 195), bulk("NFS", 11, 2049), query("UPNP", 153, 1900),
        chat("STARCRAFT", 213, 1119), chat("OSCAR", 69, 5190), web("LASTFM", 134, 80),
        chat("ORACLE", 167, 1521), query("SIP", 100, 5060), bulk("STEAM", 74),
        query("RADIUS", 146, 1812), chat("LDAP", 112, 389), bulk("RTMP", 174, 1935),
        chat("RDP", 88, 3389), mail("IMAPS", 51, 993), mail("POP3", 2, 110),
        mail("SMTP", 3, 25), datagrams("BITTORRENT", 37, 6881),
        datagrams("TEAMSPEAK", 162, 9987), chat("CISCOVPN", 161, 10000),
        chat("FTP_CONTROL", 1, 21), chat("BGP", 13, 179), web("VIBER", 144, 4244),
        chat("MYSQL", 20, 3306), datagrams("RTP", 87, 5004), web("WEBEX", 141),
        chat("SOCKS", 172, 1080), chat("VNC", 89, 5900),
    ]

    /// The share of each of the first `count`: Zipf-Mandelbrot, so that the first five carry about
    /// 70 % of the flows and the last ones too few to be judged.
    static func shares(count: Int) -> [Double] {
        let weights = (0..<count).map { rank in
            let place = Double(rank + 7)
            return 1 / (place * place * place * place)
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }
    }

    private static func web(
        _ name: String, _ number: Int64, _ port: UInt16 = 443
    )
        -> SimulatedApplication
    { tcp(name, number, .web, port) }

    private static func bulk(
        _ name: String, _ number: Int64, _ port: UInt16 = 443
    )
        -> SimulatedApplication
    { tcp(name, number, .bulk, port) }

    private static func chat(
        _ name: String, _ number: Int64, _ port: UInt16 = 443
    )
        -> SimulatedApplication
    { tcp(name, number, .chat, port) }

    private static func mail(
        _ name: String, _ number: Int64, _ port: UInt16
    )
        -> SimulatedApplication
    { tcp(name, number, .mail, port) }

    private static func query(
        _ name: String, _ number: Int64, _ port: UInt16
    )
        -> SimulatedApplication
    {
        SimulatedApplication(
            name: name, number: number, character: .query, transport: 17, port: port)
    }

    private static func datagrams(
        _ name: String, _ number: Int64, _ port: UInt16
    )
        -> SimulatedApplication
    {
        SimulatedApplication(
            name: name, number: number, character: .chat, transport: 17, port: port)
    }

    private static func control(_ name: String, _ number: Int64) -> SimulatedApplication {
        SimulatedApplication(
            name: name, number: number, character: .control, transport: 0, port: 0)
    }

    private static func tcp(
        _ name: String, _ number: Int64, _ character: SimulatedApplication.Character,
        _ port: UInt16
    ) -> SimulatedApplication {
        SimulatedApplication(
            name: name, number: number, character: character, transport: 6, port: port)
    }
}
