/// The words that logs use for protocols, applications and answers.
enum LogWords {
    /// The number of an IP protocol; `nil` for what is none.
    static func transport(_ word: String, isIPv4: Bool) -> UInt8? {
        switch word.lowercased() {
        case "tcp": 6
        case "udp", "rtp", "rtcp", "udt": 17
        case "icmp": isIPv4 ? 1 : 58
        case "ipv6-icmp", "icmp6", "icmpv6": 58
        case "igmp": 2
        case "ipv4", "ipip", "ipnip": 4
        case "ipv6": 41
        case "rsvp": 46
        case "gre": 47
        case "esp": 50
        case "ah": 51
        case "eigrp": 88
        case "ospf", "ospfigp": 89
        case "pim": 103
        case "vrrp": 112
        case "l2tp": 115
        case "sctp": 132
        case "udplite": 136
        default: UInt8(word)
        }
    }

    /// The data set's name of an application by the word of Zeek or Suricata.
    ///
    /// Of several (`http,ssl`) the first that is more than an envelope. Without a word, what the protocol
    /// itself says, else `UNKNOWN`.
    ///
    /// - Parameter port: Of the responder: Zeek takes multicast DNS, LLMNR and NetBIOS names for DNS.
    static func application(_ words: String?, transport: UInt8, port: UInt16) -> String {
        guard let words, !words.isEmpty, words != "failed", words != "unknown" else {
            return overIP[transport] ?? "UNKNOWN"
        }
        // what Zeek took back begins with a minus
        let services = words.lowercased().split(separator: ",").filter { !$0.hasPrefix("-") }
        guard let word = services.first(where: { !envelopes.contains($0) }) ?? services.first
        else { return overIP[transport] ?? "UNKNOWN" }
        if word == "dns" {
            return switch port {
            case 137: "NETBIOS"
            case 5353: "MDNS"
            case 5355: "LLMNR"
            default: "DNS"
            }
        }
        if let name = names[String(word)] { return name }
        let octets = word.utf8.prefix(64).map { octet -> UInt8 in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): octet & 0xDF
            case UInt8(ascii: "0")...UInt8(ascii: "9"): octet
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static let overIP: [UInt8: String] = [
        1: "IP_ICMP", 2: "IP_IGMP", 4: "IP_IP_IN_IP", 8: "IP_EGP", 47: "IP_GRE", 50: "IP_IPSEC",
        51: "IP_IPSEC", 58: "IP_ICMPV6", 89: "IP_OSPF", 112: "IP_VRRP", 132: "IP_SCTP",
    ]

    private static let envelopes: Set<Substring> = ["ssl", "tls", "gssapi", "ntlm", "krb"]

    /// Where the upper-case word is not the name.
    private static let names = [
        "tls": "SSL", "smtp": "MAIL_SMTP", "pop3": "MAIL_POP", "imap": "MAIL_IMAP",
        "ftp": "FTP_CONTROL", "ftp-data": "FTP_DATA", "krb": "KERBEROS", "krb5": "KERBEROS",
        "krb_tcp": "KERBEROS", "krb_udp": "KERBEROS", "dce_rpc": "DCERPC", "rfb": "VNC",
        "xmpp": "UNENCRYPED_JABBER", "postgresql": "POSTGRES", "pgsql": "POSTGRES",
        "ldap_tcp": "LDAP", "ldap_udp": "LDAP", "bittorrent-dht": "BITTORRENT",
        "ipsec": "IP_IPSEC", "ike": "IP_IPSEC", "ikev2": "IP_IPSEC", "enip": "ETHERNET_IP",
        "gtpv1": "GTP", "http2": "HTTP2", "doh2": "DOH_DOT", "ssdp": "SSDP",
        "dnp3_tcp": "DNP3", "dnp3_udp": "DNP3",
    ]

    /// The number of a DNS type by its name, 0 if unknown; `TYPE65` is 65.
    static func queryType(_ word: String) -> UInt16 {
        let word = word.uppercased()
        if let number = queryTypes[word] { return number }
        return UInt16(word.hasPrefix("TYPE") ? word.dropFirst(4) : word[...]) ?? 0
    }

    private static let queryTypes: [String: UInt16] = [
        "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "WKS": 11, "PTR": 12, "HINFO": 13,
        "MX": 15, "TXT": 16, "RP": 17, "AFSDB": 18, "KEY": 25, "AAAA": 28, "LOC": 29, "SRV": 33,
        "NAPTR": 35, "CERT": 37, "DNAME": 39, "OPT": 41, "DS": 43, "SSHFP": 44, "RRSIG": 46,
        "NSEC": 47, "DNSKEY": 48, "NSEC3": 50, "NSEC3PARAM": 51, "TLSA": 52, "SVCB": 64,
        "HTTPS": 65, "SPF": 99, "TKEY": 249, "TSIG": 250, "IXFR": 251, "AXFR": 252, "ANY": 255,
        "URI": 256, "CAA": 257,
    ]

    /// The number of a DNS answer's code by its name (RFC 6895), or of digits; `nil` if unknown.
    static func responseCode(_ word: String) -> UInt8? {
        responseCodes[word.uppercased()] ?? UInt8(word)
    }

    private static let responseCodes: [String: UInt8] = [
        "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
        "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "BADVERS": 16,
        "BADSIG": 16, "BADKEY": 17, "BADTIME": 18, "BADMODE": 19, "BADNAME": 20, "BADALG": 21,
    ]
}
