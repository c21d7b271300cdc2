package import Flows
import NetworkTypes

/// A service that asks for a password, told by the application or the responder's port.
///
/// Services whose clients ordinarily connect over and over with one password (directories, databases, web
/// interfaces) are left out: without their payload a guess looks like work.
package enum LoginService: UInt8, Sendable, CaseIterable {
    case ssh = 1
    case ftp, telnet, remoteDesktop, fileSharing, mail, remoteScreen

    package init?(_ flow: ObservedFlow) {
        guard flow.key.protocolNumber == 6 else { return nil }
        if let service = Self.byApplication[flow.application] {
            self = service
        } else if let service = Self.byPort[flow.key.responder.port],
            Self.untold.contains(flow.application)
        {
            self = service
        } else {
            return nil
        }
    }

    /// What a session with a wrong password looks like, and how many of them are told.
    package struct Rule: Sendable, Hashable {
        package var sessions: Int
        package var windowSeconds: Double
        package var longestSeconds: Double
        /// Of both ends: fewer are no login (a test of the port), more are work.
        package var octets: ClosedRange<UInt64>
    }

    /// The documented defaults.
    ///
    /// Zeek tells 30 guesses by SSH in 30 minutes and 20 by FTP in 15; a session of SSH holds several guesses
    /// (OpenSSH allows six, and waits about two seconds after each), so that fewer sessions do. Mail is
    /// fetched by short sessions of equal size from several accounts each minute.
    package var rule: Rule {
        switch self {
        case .ssh:
            Rule(sessions: 20, windowSeconds: 1800, longestSeconds: 15, octets: 1000...12_000)
        case .ftp: Rule(sessions: 20, windowSeconds: 900, longestSeconds: 15, octets: 80...6000)
        case .telnet:
            Rule(sessions: 20, windowSeconds: 1800, longestSeconds: 20, octets: 80...6000)
        case .remoteDesktop:
            Rule(sessions: 30, windowSeconds: 1800, longestSeconds: 5, octets: 500...20_000)
        case .fileSharing:
            Rule(sessions: 30, windowSeconds: 1800, longestSeconds: 5, octets: 500...8000)
        case .mail: Rule(sessions: 60, windowSeconds: 900, longestSeconds: 5, octets: 80...8000)
        case .remoteScreen:
            Rule(sessions: 20, windowSeconds: 1800, longestSeconds: 10, octets: 80...6000)
        }
    }

    private static let untold: Set = ["", "UNKNOWN"]

    private static let byApplication: [String: LoginService] = [
        "SSH": .ssh, "FTP_CONTROL": .ftp, "FTP": .ftp, "FTPS": .ftp, "TELNET": .telnet,
        "RDP": .remoteDesktop, "SMB": .fileSharing, "SMBV1": .fileSharing, "SMBV23": .fileSharing,
        "NETBIOS": .fileSharing, "SMTP": .mail, "MAIL_SMTP": .mail, "MAIL_SMTPS": .mail,
        "SMTPS": .mail,
        "POP": .mail, "POP3": .mail, "MAIL_POP": .mail, "MAIL_POPS": .mail, "POPS": .mail,
        "IMAP": .mail,
        "MAIL_IMAP": .mail, "MAIL_IMAPS": .mail, "IMAPS": .mail, "VNC": .remoteScreen,
    ]

    private static let byPort: [UInt16: LoginService] = [
        22: .ssh, 2222: .ssh, 21: .ftp, 23: .telnet, 2323: .telnet, 3389: .remoteDesktop,
        445: .fileSharing, 139: .fileSharing, 25: .mail, 110: .mail, 143: .mail, 465: .mail,
        587: .mail, 993: .mail, 995: .mail, 5900: .remoteScreen, 5901: .remoteScreen,
    ]
}
