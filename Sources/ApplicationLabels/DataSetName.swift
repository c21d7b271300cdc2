/// The names that applications bear in the original data set.
///
/// Its labels are the identifiers of nDPI's source in 2017 (`WINDOWS_UPDATE` from `NDPI_PROTOCOL_WINDOWS_UPDATE`),
/// while nDPI shows names that were chosen apart from them (`WindowsUpdate`) and have since changed.
package enum DataSetName {
    /// The data set's name for what the installed nDPI calls `name`.
    ///
    /// Without an entry in the table: upper case, and `_` for whatever is neither letter nor digit.
    package static func of(_ name: String) -> String {
        if let alias = aliases[name] { return alias }
        var result = ""
        for scalar in name.unicodeScalars {
            let isKept = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            result += isKept ? scalar.properties.uppercaseMapping : "_"
        }
        while result.last == "_" { result.removeLast() }
        return result
    }

    /// Where the rule does not give the name of 2017. Applications that are younger follow the identifiers
    /// of the installed version, so that `GOOGLE_DRIVE` and `GOOGLE_DOCS` look alike.
    private static let aliases: [String: String] = [
        // renamed, the same protocol
        "TLS": "SSL",
        "POP3": "MAIL_POP",
        "POPS": "MAIL_POPS",
        "SMTP": "MAIL_SMTP",
        "SMTPS": "MAIL_SMTPS",
        "IMAP": "MAIL_IMAP",
        "IMAPS": "MAIL_IMAPS",
        "PostgreSQL": "POSTGRES",
        "SMBv1": "SMB",
        "MsSQL-TDS": "MSSQL",
        "Jabber": "UNENCRYPED_JABBER",
        "WSD": "UPNP",
        "Skype_Teams": "SKYPE",
        "Microsoft365": "OFFICE_365",
        "MS_OneDrive": "MS_ONE_DRIVE",
        "OneDrive": "MS_ONE_DRIVE",
        "Outlook": "HOTMAIL",
        "GoogleHangoutDuo": "HANGOUT",
        "CiscoSkinny": "SKINNY",
        "ZeroMQ": "ZMQ",
        "MPEG_TS": "MPEGTS",
        "DCE_RPC": "DCERPC",
        "Sina(Weibo)": "SINA",
        "WhatsAppCall": "WHATSAPP_VOICE",
        "SkypeCall": "SKYPE",
        "Whois-DAS": "WHOIS_DAS",
        "IPSec": "IP_IPSEC",
        "TargusDataspeed": "TARGUS_GETDATA",
        "Z39.50": "Z3950",
        // protocols right above IP
        "ICMP": "IP_ICMP",
        "ICMPV6": "IP_ICMPV6",
        "IGMP": "IP_IGMP",
        "EGP": "IP_EGP",
        "GRE": "IP_GRE",
        "IPsec": "IP_IPSEC",
        "IP_in_IP": "IP_IP_IN_IP",
        "OSPF": "IP_OSPF",
        "SCTP": "IP_SCTP",
        "VRRP": "IP_VRRP",
        // words that nDPI writes together
        "AccuWeather": "ACCUWEATHER",
        "AmazonAlexa": "AMAZON_ALEXA",
        "AmazonAWS": "AMAZON_AWS",
        "AmazonVideo": "AMAZON_VIDEO",
        "AmongUs": "AMONG_US",
        "AppleiCloud": "APPLE_ICLOUD",
        "AppleiTunes": "APPLE_ITUNES",
        "ApplePush": "APPLE_PUSH",
        "AppleSiri": "APPLE_SIRI",
        "AVASTSecureDNS": "AVAST_SECUREDNS",
        "Azure": "MICROSOFT_AZURE",
        "EthernetIP": "ETHERNET_IP",
        "FacebookVoip": "FACEBOOK_VOIP",
        "GenshinImpact": "GENSHIN_IMPACT",
        "GoogleClassroom": "GOOGLE_CLASSROOM",
        "GoogleDocs": "GOOGLE_DOCS",
        "GoogleDrive": "GOOGLE_DRIVE",
        "GoogleMaps": "GOOGLE_MAPS",
        "GooglePlus": "GOOGLE_PLUS",
        "GoogleServices": "GOOGLE_SERVICES",
        "HotspotShield": "HOTSPOT_SHIELD",
        "HP_VIRTGRP": "HPVIRTGRP",
        "iCloudPrivateRelay": "ICLOUD_PRIVATE_RELAY",
        "LotusNotes": "LOTUS_NOTES",
        "NestLogSink": "NEST_LOG_SINK",
        "RemoteScan": "REMOTE_SCAN",
        "SignalVoip": "SIGNAL_VOIP",
        "SnapchatCall": "SNAPCHAT_CALL",
        "Teams": "MSTEAMS",
        "WhatsAppFiles": "WHATSAPP_FILES",
        "WindowsUpdate": "WINDOWS_UPDATE",
        "WorldOfKungFu": "WORLD_OF_KUNG_FU",
        "YouTubeUpload": "YOUTUBE_UPLOAD",
    ]
}
