import NetworkTypes

/// One end of a conversation as its frames show it.
struct FrameEnd: Sendable {
    /// The 48 bits of the MAC address; the router's for hosts outside.
    var hardwareAddress: UInt64
    var address: IPAddress
    /// 0 where the protocol has no ports.
    var port: UInt16 = 0
    /// Time to live, or hop limit, when the frame passes the capturing interface.
    var timeToLive: UInt8 = 64
}

/// What the header of a TCP segment says beside its ends.
struct FrameSegment {
    /// FIN 1, SYN 2, RST 4, PSH 8, ACK 16.
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let fin = Flags(rawValue: 1)
        static let syn = Flags(rawValue: 2)
        static let rst = Flags(rawValue: 4)
        static let psh = Flags(rawValue: 8)
        static let ack = Flags(rawValue: 16)
    }

    var flags: Flags
    var sequence: UInt32
    var acknowledgement: UInt32 = 0
    var window: UInt16
    /// Options of SYN segments: maximum segment size, and scaling with selective acknowledgements.
    var maximumSegment: UInt16?
    var windowScale: UInt8?
    /// Timestamp option: value and echo.
    var clock: (value: UInt32, echo: UInt32)?
    /// The block of a selective acknowledgement: what came behind the gap.
    var selective: (start: UInt32, end: UInt32)?

    /// Octets of the options, padding included.
    var optionOctets: Int {
        (maximumSegment == nil ? 0 : 4) + (windowScale == nil ? 0 : clock == nil ? 8 : 6)
            + (clock == nil ? 0 : windowScale == nil ? 12 : 10) + (selective == nil ? 0 : 12)
    }
}
