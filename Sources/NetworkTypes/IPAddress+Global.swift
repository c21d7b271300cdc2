extension IPAddress {
    /// Whether the address is a public end: reachable across the Internet by one host.
    ///
    /// It follows the "Globally Reachable" column of IANA's special-purpose address registries (RFC 6890,
    /// RFC 8190 and the entries added since). Every address that no row below names is global.
    ///
    /// | Not global | Why | Global within it |
    /// |---|---|---|
    /// | `0.0.0.0/8` | this network, RFC 791 | |
    /// | `10.0.0.0/8`, `172.16.0.0/12`, `192.168.0.0/16` | private use, RFC 1918 | |
    /// | `100.64.0.0/10` | shared by carriers' NAT, RFC 6598 | |
    /// | `127.0.0.0/8` | loopback, RFC 1122 | |
    /// | `169.254.0.0/16` | link-local, RFC 3927 | |
    /// | `192.0.0.0/24` | protocol assignments, RFC 6890 | `192.0.0.9` (PCP anycast, RFC 7723), `192.0.0.10` (TURN anycast, RFC 8155) |
    /// | `192.0.2.0/24`, `198.51.100.0/24`, `203.0.113.0/24` | documentation, RFC 5737 | |
    /// | `198.18.0.0/15` | benchmarking, RFC 2544 | |
    /// | `224.0.0.0/4` | multicast, RFC 1112 | |
    /// | `240.0.0.0/4` | reserved, and limited broadcast, RFC 1112 | |
    /// | `::`, `::1` | unspecified, loopback, RFC 4291 | |
    /// | `64:ff9b:1::/48` | local translation, RFC 8215 | |
    /// | `100::/64`, `100:0:0:1::/64` | discard-only, RFC 6666; dummy, RFC 9780 | |
    /// | `2001::/23` | protocol assignments, RFC 2928 | `2001:1::1` … `2001:1::3` (RFC 7723, 8155, 9665), `2001:3::/32` (AMT, RFC 7450), `2001:4:112::/48` (AS112, RFC 7535), `2001:20::/28` (ORCHIDv2, RFC 7343), `2001:30::/28` (drone identifiers, RFC 9374) |
    /// | `2001:db8::/32`, `3fff::/20` | documentation, RFC 3849, RFC 9637 | |
    /// | `2002::/16` | 6to4, RFC 3056; the registry says "not applicable", deprecated by RFC 7526 | |
    /// | `5f00::/16` | segment routing identifiers, RFC 9602 | |
    /// | `fc00::/7` | unique local, RFC 4193 | |
    /// | `fe80::/10`, `fec0::/10` | link-local, RFC 4291; site-local, deprecated by RFC 3879 | |
    /// | `ff00::/8` | multicast, RFC 4291 | |
    ///
    /// A v4-mapped address is its IPv4 address. One translated by `64:ff9b::/96` is judged by the IPv4
    /// address it embeds: RFC 6052 section 3.1 forbids it for those that are not global.
    ///
    /// Python's `ipaddress.is_global` differs in these: it calls most of multicast global (a group of
    /// receivers is never *an* end of a flow here), knows none of `fec0::/10`, `5f00::/16`,
    /// `100:0:0:1::/64` and `2001:1::3`, does not look into `64:ff9b::/96`, and lacks more before 3.13.
    package var isGlobal: Bool {
        if let ipv4 { return Self.isGlobal(ipv4) }
        switch high >> 56 {
        case 0x20:
            return Self.isGlobal2000(high: high, low: low)
        case 0x00:
            if high == 0 { return low > 1 }
            if high == 0x0064_ff9b_0000_0000 && low >> 32 == 0 {
                return Self.isGlobal(UInt32(truncatingIfNeeded: low))
            }
            return high >> 16 != 0x0064_ff9b_0001
        case 0x01: return high >> 1 != 0x0100_0000_0000_0000 >> 1
        case 0x3f: return high >> 44 != 0x3fff0
        case 0x5f: return high >> 48 != 0x5f00
        case 0xfc, 0xfd, 0xff: return false
        case 0xfe: return high >> 55 & 1 == 0
        default: return true
        }
    }

    private static func isGlobal(_ address: UInt32) -> Bool {
        switch address >> 24 {
        case 0, 10, 127, 224...: false
        case 100: address >> 22 != 100 << 2 | 1
        case 169: address >> 16 != 169 << 8 | 254
        case 172: address >> 20 != 172 << 4 | 1
        case 192:
            switch address >> 8 & 0xffff {
            case 0: address & 0xff == 9 || address & 0xff == 10
            case 2: false
            default: address >> 16 & 0xff != 168
            }
        case 198: address >> 17 != (198 << 8 | 18) >> 1 && address >> 8 != 198 << 16 | 51 << 8 | 100
        case 203: address >> 8 != 203 << 16 | 113
        default: true
        }
    }

    /// The addresses whose first eight bits are `20`: `2001::/23`, `2001:db8::/32` and `2002::/16`.
    private static func isGlobal2000(high: UInt64, low: UInt64) -> Bool {
        switch high >> 48 {
        case 0x2002: false
        case 0x2001:
            switch high >> 32 & 0xffff {
            case 0x0db8: false
            case 0x0200...: true
            case 0x0001: high & 0xffff_ffff == 0 && (1...3).contains(low)
            case 0x0003, 0x0020...0x003f: true
            case 0x0004: high >> 16 & 0xffff == 0x0112
            default: false
            }
        default: true
        }
    }
}
