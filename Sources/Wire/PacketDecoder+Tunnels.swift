private import NetworkTypes

/// What a tunnel header announces: where and as what the inside begins.
private struct TunnelContent {
    enum Form {
        /// IPv4 or IPv6, by the version field.
        case ip
        case ipv4, ipv6, ethernet, ppp
        case etherType(UInt16)
    }

    var tunnel: Packet.Tunnel
    var form: Form
    var offset: Int
}

extension PacketDecoder {
    /// Puts the packet in the innermost tunnel in the place of the packet around it.
    ///
    /// Fragments are not followed, as their rest would be missing inside, and neither is what cannot be
    /// read as IP: then the outer packet stands.
    mutating func followTunnels(_ octets: RawSpan, into packet: inout Packet) {
        var depth = 0
        while let content = tunnelContent(of: packet, octets) {
            guard depth < configuration.maximumTunnels else {
                return note(.tooDeep, .tooDeep, in: &packet)
            }
            guard enter(content, octets, &packet) else {
                counts.oddities[.tunnelUndecoded] &+= 1
                return
            }
            depth += 1
        }
        if depth > 0 { counts.oddities[.tunnelled] &+= 1 }
    }

    /// - Returns: whether the inside is an IP packet; if not, the packet is as it was.
    private mutating func enter(
        _ content: TunnelContent, _ octets: RawSpan, _ packet: inout Packet
    ) -> Bool {
        let capturedEnd = Int(packet.payloadOffset) + Int(packet.capturedPayloadOctets)
        let carried = octets.extracting(first: capturedEnd)
        var link = LinkHeaders()
        let network: LinkHeaders.Network =
            switch content.form {
            case .ip: link.ip(carried, at: content.offset)
            case .ipv4: .ipv4(at: content.offset)
            case .ipv6: .ipv6(at: content.offset)
            case .ethernet: link.ethernet(carried, at: content.offset)
            case .ppp: link.ppp(carried, at: content.offset)
            case .etherType(let type): link.etherType(type, carried, at: content.offset)
            }
        let outer = packet
        packet = Packet()
        packet.timestamp = outer.timestamp
        packet.interface = outer.interface
        packet.frameOctets = outer.frameOctets
        packet.vlan = outer.vlan
        packet.marks = .tunnelled
        packet.tunnel = outer.tunnel == .none ? content.tunnel : outer.tunnel
        packet.outerSource = outer.tunnel == .none ? outer.source : outer.outerSource
        packet.outerDestination =
            outer.tunnel == .none ? outer.destination : outer.outerDestination
        let wireEnd = Int(outer.payloadOffset) + Int(outer.payloadOctets)
        let refusal: MalformedReason?
        switch network {
        case .ipv4(let start):
            refusal = decodeIPv4(
                octets, Extent(start: start, capturedEnd: capturedEnd, wireEnd: wireEnd),
                into: &packet)
        case .ipv6(let start):
            refusal = decodeIPv6(
                octets, Extent(start: start, capturedEnd: capturedEnd, wireEnd: wireEnd),
                into: &packet)
        default: refusal = .badLinkHeader
        }
        if refusal != nil { packet = outer }
        return refusal == nil
    }

    /// The tunnel that the packet's transport is, if any.
    private func tunnelContent(of packet: Packet, _ octets: RawSpan) -> TunnelContent? {
        let refused: Packet.Marks = [.noTransport, .firstFragment, .laterFragment]
        guard packet.marks.isDisjoint(with: refused) else { return nil }
        let start = Int(packet.payloadOffset)
        let payload = octets.extracting(first: start + Int(packet.capturedPayloadOctets))
        switch packet.protocolNumber {
        case 4: return TunnelContent(tunnel: .ipInIP, form: .ipv4, offset: start)
        case 41: return TunnelContent(tunnel: .ipInIP, form: .ipv6, offset: start)
        case 47: return gre(payload, at: start)
        case 17: break
        default: return nil
        }
        // GTP and Teredo use their port on both sides; the others send to theirs from any.
        switch Self.tunnel(ofPort: packet.destinationPort) {
        case .vxlan: return vxlan(payload, at: start)
        case .gre: return gre(payload, at: start)
        case .mpls: return TunnelContent(tunnel: .mpls, form: .etherType(0x8847), offset: start)
        case .geneve: return geneve(payload, at: start)
        case .gtp: return gtp(payload, at: start)
        case .teredo: return teredo(payload, at: start)
        default: break
        }
        switch Self.tunnel(ofPort: packet.sourcePort) {
        case .gtp: return gtp(payload, at: start)
        case .teredo: return teredo(payload, at: start)
        default: return nil
        }
    }

    @inline(__always)
    static func tunnel(ofPort port: UInt16) -> Packet.Tunnel {
        switch port {
        case 4789, 4790, 8472: .vxlan
        case 4754: .gre
        case 6635: .mpls
        case 2152: .gtp
        case 3544: .teredo
        case 6081: .geneve
        default: .none
        }
    }

    /// GRE (RFC 2784, 2890; in UDP RFC 8086), NVGRE (RFC 7637), PPTP's version 1 (RFC 2637) and mirrored
    /// frames (ERSPAN).
    private func gre(_ octets: RawSpan, at start: Int) -> TunnelContent? {
        guard octets.byteCount - start >= 4 else { return nil }
        let flags = octets.word16(start)
        let type = octets.word16(start + 2)
        let hasSequence = flags & 0x1000 != 0
        // A routing field (RFC 1701) has no length of its own, and nobody sends it.
        guard flags & 0x4000 == 0 else { return nil }
        var offset = start + 4
        if flags & 0x8000 != 0 { offset += 4 }
        if flags & 0x2000 != 0 { offset += 4 }
        if hasSequence { offset += 4 }
        var form = TunnelContent.Form.etherType(type)
        switch (flags & 7, type) {
        case (1, 0x880b):
            guard hasSequence else { return nil }  // an acknowledgement without a frame
            if flags & 0x0080 != 0 { offset += 4 }
            form = .ppp
        case (0, 0x88be):
            if hasSequence { offset += 8 }
            form = .ethernet
        case (0, 0x22eb):
            guard octets.byteCount - offset >= 12 else { return nil }
            offset += octets.word8(offset + 11) & 1 == 1 ? 20 : 12
            form = .ethernet
        case (0, _): break
        default: return nil
        }
        return TunnelContent(tunnel: .gre, form: form, offset: offset)
    }

    /// VXLAN (RFC 7348): the flag of a valid identifier is set. Another flag, of the generic protocol
    /// extension (draft-ietf-nvo3-vxlan-gpe), says that the fourth octet tells the form.
    private func vxlan(_ octets: RawSpan, at start: Int) -> TunnelContent? {
        guard octets.byteCount - start >= 8 else { return nil }
        let flags = octets.word8(start)
        guard flags & 0x08 != 0 else { return nil }
        let form: TunnelContent.Form
        switch flags & 0x04 == 0 ? 3 : octets.word8(start + 3) {
        case 0, 3: form = .ethernet
        case 1: form = .ipv4
        case 2: form = .ipv6
        default: return nil
        }
        return TunnelContent(tunnel: .vxlan, form: form, offset: start + 8)
    }

    /// GENEVE (RFC 8926), version 0, no control packet.
    private func geneve(_ octets: RawSpan, at start: Int) -> TunnelContent? {
        guard octets.byteCount - start >= 8 else { return nil }
        let first = octets.word8(start)
        guard first >> 6 == 0, octets.word8(start + 1) & 0x80 == 0 else { return nil }
        return TunnelContent(
            tunnel: .geneve, form: .etherType(octets.word16(start + 2)),
            offset: start + 8 + Int(first & 0x3f) * 4)
    }

    /// GTP-U (3GPP TS 29.281 section 5): version 1, a user packet, extension headers skipped.
    private func gtp(_ octets: RawSpan, at start: Int) -> TunnelContent? {
        guard octets.byteCount - start >= 8 else { return nil }
        let flags = octets.word8(start)
        guard flags & 0xf0 == 0x30, octets.word8(start + 1) == 255 else { return nil }
        var offset = start + 8
        if flags & 0x07 != 0 {
            guard octets.byteCount - offset >= 4 else { return nil }
            var next = flags & 0x04 != 0 ? octets.word8(offset + 3) : 0
            offset += 4
            var headers = 0
            while next != 0 {
                guard octets.byteCount - offset >= 4, headers < 8 else { return nil }
                let length = Int(octets.word8(offset)) * 4
                guard length > 0, octets.byteCount - offset >= length else { return nil }
                next = octets.word8(offset + length - 1)
                offset += length
                headers += 1
            }
        }
        return TunnelContent(tunnel: .gtp, form: .ip, offset: offset)
    }

    /// Teredo (RFC 4380 section 5.1.1): authentication and origin before the packet are skipped. The port
    /// alone proves little, so the IPv6 length must fit.
    private func teredo(_ octets: RawSpan, at start: Int) -> TunnelContent? {
        var offset = start
        if octets.byteCount - offset >= 4, octets.word16(offset) == 0x0001 {
            offset += 13 + Int(octets.word8(offset + 2)) + Int(octets.word8(offset + 3))
        }
        if octets.byteCount - offset >= 8, octets.word16(offset) == 0x0000 { offset += 8 }
        guard octets.byteCount - offset >= 40, octets.word8(offset) >> 4 == 6,
            Int(octets.word16(offset + 4)) <= octets.byteCount - offset - 40
        else { return nil }
        return TunnelContent(tunnel: .teredo, form: .ipv6, offset: offset)
    }
}
