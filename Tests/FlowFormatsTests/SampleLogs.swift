/// Lines of a log of Zeek with a header.
func zeekLog(
    _ path: String, _ fields: String, _ rows: [String], unset: String = "-"
) -> String {
    let head = [
        "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t\(unset)",
        "#path\t\(path)", "#open\t2026-11-23-00-00-00", "#fields\t" + fields.tabbed,
    ]
    return (head + rows.map(\.tabbed) + ["#close\t2026-11-23-01-00-00"])
        .map { $0 + "\n" }.joined()
}

extension String {
    /// Blanks as tabs.
    var tabbed: String { replacing(" ", with: "\t") }
}

let zeekFields =
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes"
    + " conn_state local_orig missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes"

let zeekRows = [
    "1517336042.090842 C1 10.55.182.100 14291 10.233.233.5 80 tcp - 3.000158 0 0 S0 T 0 S 2 104 0 0",
    "1517336042.279652 C2 192.168.88.2 55638 165.227.88.15 53 udp dns 0.069982 61 81 SF T 0 Dd 1 89 1 109",
    "1517336052.713711 C3 10.55.100.111 49544 165.227.216.194 443 tcp ssl - - - REJ T 0 Sr 1 52 1 40",
    "1517336060.000000 C4 fe80::1 133 ff02::2 134 icmp - - - - OTH F 0 - 1 56 0 0",
    "1517336061.500000 C5 10.0.0.1 8 10.0.0.2 0 icmp - 1.000000 56 56 OTH F 0 - 1 84 1 84",
    "1517336062.5 C6 10.0.0.1 1 10.0.0.2 2 tcp http,ssl 86400.0 700 - SHR F 0 - 1 84 1 84",
]

/// Events of Suricata: a refused connection, a datagram, look-ups of all three formats, an alert.
let eveLines = [
    #"{"timestamp":"2021-06-06T15:57:37.272281+0200","flow_id":1,"event_type":"flow","src_ip":"91.238.203.56","src_port":48938,"dest_ip":"192.168.1.129","dest_port":445,"proto":"TCP","flow":{"pkts_toserver":2,"pkts_toclient":2,"bytes_toserver":120,"bytes_toclient":120,"start":"2021-06-06T17:34:31.140759+0200","end":"2021-06-06T17:34:31.141012+0200","state":"closed"},"tcp":{"tcp_flags_ts":"02","tcp_flags_tc":"14","state":"closed"}}"#,
    #"{"timestamp":"2021-06-06T15:57:37.272281+0200","event_type":"flow","src_ip":"fe80::1","src_port":5353,"dest_ip":"ff02::fb","dest_port":5353,"proto":"UDP","app_proto":"dns","flow":{"pkts_toserver":12,"pkts_toclient":0,"bytes_toserver":4056,"bytes_toclient":0,"start":"2021-06-06T14:38:55.855844Z","end":"2021-06-06T14:38:56.963027Z"}}"#,
    #"{"timestamp":"2021-06-06T16:26:27.431769+0200","flow_id":2,"event_type":"dns","src_ip":"192.168.1.129","src_port":35790,"dest_ip":"192.168.1.1","dest_port":53,"proto":"UDP","dns":{"type":"query","id":2,"rrname":"WWW.Google.com.","rrtype":"A","tx_id":0}}"#,
    #"{"timestamp":"2021-06-06T16:26:27.442512+0200","flow_id":2,"event_type":"dns","src_ip":"192.168.1.1","src_port":53,"dest_ip":"192.168.1.129","dest_port":35790,"proto":"UDP","dns":{"type":"answer","id":2,"rcode":"NXDOMAIN","rrname":"www.google.com","rrtype":"A","ttl":8}}"#,
    #"{"timestamp":"2021-06-06T16:26:27.442512+0200","flow_id":2,"event_type":"dns","src_ip":"192.168.1.1","src_port":53,"dest_ip":"192.168.1.129","dest_port":35790,"proto":"UDP","dns":{"type":"answer","id":2,"rcode":"NXDOMAIN","rrname":"www.google.com","rrtype":"A","rdata":"1.2.3.4"}}"#,
    #"{"timestamp":"2021-06-06T16:26:28.1+0200","flow_id":3,"event_type":"dns","src_ip":"192.168.1.129","src_port":35791,"dest_ip":"192.168.1.1","dest_port":53,"dns":{"version":2,"type":"answer","id":9,"rrname":"a.example","rrtype":"TXT","rcode":"NOERROR","answers":[{"rrname":"b.example","rrtype":"A"}]}}"#,
    #"{"timestamp":"2021-06-06T16:26:29.1+0200","flow_id":4,"event_type":"dns","src_ip":"192.168.1.129","src_port":35792,"dest_ip":"192.168.1.1","dest_port":53,"dns":{"version":3,"type":"response","id":9,"rcode":"NOERROR","queries":[{"rrname":"c.example","rrtype":"HTTPS"},{"rrname":"d.example","rrtype":"A"}],"answers":[]}}"#,
    #"{"timestamp":"2021-06-06T16:26:29.1+0200","event_type":"alert","src_ip":"1.2.3.4","alert":{"signature":"x"},"dns":{"query":[{"rrname":"e.example"}]}}"#,
]

let argusHeader =
    "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes,SrcPkts,Label"

let argusRows = [
    "2019/04/04 16:23:00.325010,0.027947,udp,10.8.0.69,48427,  <->,8.8.8.8,53,CON,0,0,2,142,63,1,",
    "2018/12/18 14:00:00.527012,0.699716,tcp,216.73.23.146,52798,   ->,147.32.81.58,445,S_RA,0,0,2,134,70,1,",
    "2018/12/18 14:00:00.075359,0.000000,tcp,216.73.23.146,52691,   ->,147.32.81.57,445,S_,0,0,1,70,70,1,",
    "2019/04/04 16:23:07.963960,0.000000,icmp,10.8.0.69,0x0008,   ->,192.168.170.1,0x7208,ECO,0,,1,72,72,1,",
    "2019/04/04 16:25:28.874773,891.366760,igmp,10.8.0.69,,   ->,224.0.0.1,,INT,192,,15,600,600,15,",
    "2019/04/04 16:25:28.874773,1.0,tcp,10.8.0.69,5000,  <?>,10.8.0.1,6000,PA_PA,0,0,5,600,200,2,flow=x",
    "2019/04/04 16:25:29,1.0,udp,10.8.0.69,5000,   ->,10.8.0.1,6000,URP,0,0,1,60,60,1,",
    "2019/04/04 16:25:29,1.0,arp,10.8.0.69,,  who,10.8.0.1,,INT,0,0,1,60,60,1,",
]
