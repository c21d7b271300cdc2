/// An application that hosts of the campus use, and how its flows look.
enum HostedApplication: Int, CaseIterable, Sendable {
    case google, ssl, http, cloudflare, amazon, microsoft, office, facebook, instagram, twitter
    case wikipedia, apple, youtube, netflix, spotify, dropbox, oneDrive, gmail, whatsApp, telegram
    case skype, applePush, windowsUpdate, download, dns, ntp, imaps, smtp, smb, ssh, rdp, icmp
    case snmp, printing, bitTorrent, steam, quic, unknown

    /// The name of the data set with what is typical of it; a profile is drawn from that.
    var model: SimulatedApplication {
        switch self {
        case .google: Self.tcp("GOOGLE", .web)
        case .ssl: Self.tcp("SSL", .web)
        case .http: Self.tcp("HTTP", .web, 80)
        case .cloudflare: Self.tcp("CLOUDFLARE", .web)
        case .amazon: Self.tcp("AMAZON", .web)
        case .microsoft: Self.tcp("MICROSOFT", .web)
        case .office: Self.tcp("OFFICE_365", .mail)
        case .facebook: Self.tcp("FACEBOOK", .web)
        case .instagram: Self.tcp("INSTAGRAM", .web)
        case .twitter: Self.tcp("TWITTER", .web)
        case .wikipedia: Self.tcp("WIKIPEDIA", .web)
        case .apple: Self.tcp("APPLE", .web)
        case .youtube: Self.tcp("YOUTUBE", .bulk)
        case .netflix: Self.tcp("NETFLIX", .bulk)
        case .spotify: Self.tcp("SPOTIFY", .bulk)
        case .dropbox: Self.tcp("DROPBOX", .mail)
        case .oneDrive: Self.tcp("MS_ONE_DRIVE", .mail)
        case .gmail: Self.tcp("GMAIL", .mail)
        case .whatsApp: Self.tcp("WHATSAPP", .chat)
        case .telegram: Self.tcp("TELEGRAM", .chat)
        case .skype: Self.tcp("SKYPE", .chat)
        case .applePush: Self.tcp("APPLE_PUSH", .chat, 5223)
        case .windowsUpdate: Self.tcp("WINDOWS_UPDATE", .bulk)
        case .download: Self.tcp("HTTP_DOWNLOAD", .bulk, 80)
        case .dns: Self.udp("DNS", .query, 53)
        case .ntp: Self.udp("NTP", .query, 123)
        case .imaps: Self.tcp("MAIL_IMAPS", .mail, 993)
        case .smtp: Self.tcp("MAIL_SMTP", .mail, 25)
        case .smb: Self.tcp("SMB", .chat, 445)
        case .ssh: Self.tcp("SSH", .chat, 22)
        case .rdp: Self.tcp("RDP", .chat, 3389)
        case .icmp: Self.make("IP_ICMP", .control, 1, 0)
        case .snmp: Self.udp("SNMP", .query, 161)
        case .printing: Self.tcp("IPP", .mail, 631)
        case .bitTorrent: Self.udp("BITTORRENT", .chat, 6881)
        case .steam: Self.tcp("STEAM", .bulk, 27_015)
        case .quic: Self.udp("QUIC", .chat, 443)
        case .unknown: Self.tcp("UNKNOWN", .web, 0)
        }
    }

    private static func tcp(
        _ name: String, _ character: SimulatedApplication.Character, _ port: UInt16 = 443
    ) -> SimulatedApplication { make(name, character, 6, port) }

    private static func udp(
        _ name: String, _ character: SimulatedApplication.Character, _ port: UInt16
    ) -> SimulatedApplication { make(name, character, 17, port) }

    private static func make(
        _ name: String, _ character: SimulatedApplication.Character, _ transport: Int64,
        _ port: UInt16
    ) -> SimulatedApplication {
        SimulatedApplication(
            name: name, number: 0, character: character, transport: transport, port: port)
    }
}
