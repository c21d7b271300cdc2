import ApplicationLabels
import Testing

@Suite struct DataSetNameTests {
    @Test(arguments: [
        ("TLS", "SSL"), ("Google", "GOOGLE"), ("WindowsUpdate", "WINDOWS_UPDATE"),
        ("HTTP_Proxy", "HTTP_PROXY"), ("HTTP_Connect", "HTTP_CONNECT"),
        ("MS_OneDrive", "MS_ONE_DRIVE"), ("Skype_Teams", "SKYPE"), ("Microsoft365", "OFFICE_365"),
        ("AppleiCloud", "APPLE_ICLOUD"), ("AppleiTunes", "APPLE_ITUNES"), ("YouTube", "YOUTUBE"),
        ("NetFlix", "NETFLIX"), ("GMail", "GMAIL"), ("GoogleMaps", "GOOGLE_MAPS"),
        ("ICMP", "IP_ICMP"), ("Jabber", "UNENCRYPED_JABBER"), ("Whois-DAS", "WHOIS_DAS"),
        ("FTP_DATA", "FTP_DATA"), ("Unknown", "UNKNOWN"), ("eDonkey", "EDONKEY"),
        ("LotusNotes", "LOTUS_NOTES"), ("UbuntuONE", "UBUNTUONE"),
    ])
    func `applications bear the names of the data set`(ndpi: String, dataSet: String) {
        #expect(DataSetName.of(ndpi) == dataSet)
    }

    @Test(arguments: [
        ("HP_VIRTGRP2", "HP_VIRTGRP2"), ("Sina (x)", "SINA__X"), ("NAT-PMP", "NAT_PMP"),
        ("1kxun", "1KXUN"), ("", ""),
    ])
    func `a name without an alias is upper case with underscores`(ndpi: String, dataSet: String) {
        #expect(DataSetName.of(ndpi) == dataSet)
    }
}
