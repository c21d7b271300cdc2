import Statistics

extension TLSDialogue {
    /// The extensions in the order and with the values of the client.
    func addExtensions(
        to message: inout DialogueMessage, grease: Int, _ transport: [UInt8]?,
        _ generator: inout SeededGenerator
    ) {
        let isBrowser = client == .browser
        if isBrowser { message.addExtension(grease) { _ in } }
        if let host {
            message.addExtension(0) {
                $0.addCounted(2) {
                    $0.add8(0)
                    $0.addCounted(2) { $0.add(host) }
                }
            }
        }
        if transport == nil {
            message.addExtension(23) { _ in }
            if client != .library { message.addExtension(0xff01) { $0.add8(0) } }
            message.addExtension(11) { $0.add16(0x0100) }
            message.addExtension(35) { _ in }
        }
        message.addExtension(10) {
            $0.addCounted(2) { groups in
                if isBrowser { groups.add16(grease) }
                for group in [0x001d, 0x0017, 0x0018] { groups.add16(group) }
            }
        }
        if !protocols.isEmpty {
            message.addExtension(16) {
                $0.addCounted(2) { list in
                    for name in protocols { list.addCounted(1) { $0.add(name) } }
                }
            }
        }
        if client != .library { message.addExtension(5) { $0.add([1, 0, 0, 0, 0]) } }
        message.addExtension(13) {
            $0.addCounted(2) { list in
                for scheme in Self.signatureSchemes(client) { list.add16(scheme) }
            }
        }
        if isVersion13 {
            addVersion13(
                to: &message, grease: grease, isQUIC: transport != nil, &generator)
        }
        if let transport { message.addExtension(57) { $0.add(transport) } }
    }

    private func addVersion13(
        to message: inout DialogueMessage, grease: Int, isQUIC: Bool,
        _ generator: inout SeededGenerator
    ) {
        let isBrowser = client == .browser
        message.addExtension(51) {
            $0.addCounted(2) { shares in
                if isBrowser {
                    shares.add16(grease)
                    shares.addCounted(2) { $0.add8(0) }
                }
                shares.add16(0x001d)
                shares.addCounted(2) { $0.addRandom(32, &generator) }
            }
        }
        message.addExtension(45) { $0.add16(0x0101) }
        message.addExtension(43) {
            $0.addCounted(1) { versions in
                if isBrowser { versions.add16(grease) }
                versions.add16(0x0304)
                if !isQUIC { versions.add16(0x0303) }
            }
        }
    }

    static func suites(_ client: Client, isQUIC: Bool) -> [Int] {
        if isQUIC { return [0x1301, 0x1302, 0x1303] }
        return switch client {
        case .browser:
            [
                0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013,
                0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
            ]
        case .library:
            [
                0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b,
                0xc02f, 0x009e, 0xc024, 0xc028, 0x006b, 0xc023, 0xc027, 0x0067, 0x00ff,
            ]
        case .windows:
            [
                0xc02c, 0xc02b, 0xc030, 0xc02f, 0x009f, 0x009e, 0xc024, 0xc023, 0xc028, 0xc027,
                0xc00a, 0xc009, 0xc014, 0xc013, 0x009d, 0x009c, 0x003d, 0x003c,
            ]
        }
    }

    private static func signatureSchemes(_ client: Client) -> [Int] {
        client == .windows
            ? [0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203]
            : [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]
    }
}

extension DialogueMessage {
    mutating func addExtension(_ type: Int, _ build: (inout DialogueMessage) -> Void) {
        add16(type)
        addCounted(2, build)
    }
}

// MARK: - Certificates

extension TLSDialogue {
    /// A Certificate message with one X.509 certificate (RFC 5280) in the server's name.
    func certificate(_ generator: inout SeededGenerator) -> [UInt8] {
        let name = host ?? "localhost"
        let algorithm: [UInt8] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]
        let signed = Self.der(0x30) { body in
            body.add(Self.der(0xa0) { $0.add([2, 1, 2]) })
            body.add(
                Self.der(2) {
                    $0.add8(0x11)
                    $0.addRandom(15, &generator)
                })
            body.add(algorithm)
            body.add(Self.distinguishedName("Simulated Issuing CA"))
            body.add(
                Self.der(0x30) {
                    for year in [validYears.lowerBound, validYears.upperBound] {
                        let digits = year % 100 < 10 ? "0\(year % 100)" : "\(year % 100)"
                        $0.add(Self.der(0x17) { $0.add("\(digits)0101000000Z") })
                    }
                })
            body.add(Self.distinguishedName(name))
            body.add(
                Self.der(0x30) {
                    // An elliptic curve key on P-256.
                    $0.add([0x30, 19, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1])
                    $0.add([6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7])
                    $0.add([3, 66, 0, 4])
                    $0.addRandom(64, &generator)
                })
            body.add(
                Self.der(0xa3) { $0.add(Self.der(0x30) { $0.add(Self.alternativeName(name)) }) })
        }
        let whole = Self.der(0x30) {
            $0.add(signed)
            $0.add(algorithm)
            $0.add(
                Self.der(3) {
                    $0.add8(0)
                    $0.add(Self.signature(&generator))
                })
        }
        return DialogueMessage {
            $0.add8(11)
            $0.addCounted(3) { $0.addCounted(3) { $0.addCounted(3) { $0.add(whole) } } }
        }.octets
    }

    /// A made-up ECDSA signature: two whole numbers of 256 bits.
    static func signature(_ generator: inout SeededGenerator) -> [UInt8] {
        DialogueMessage {
            $0.add([0x30, 68])
            for _ in 0..<2 {
                $0.add([2, 32, 0x5a])
                $0.addRandom(31, &generator)
            }
        }.octets
    }

    private static func distinguishedName(_ name: String) -> [UInt8] {
        der(0x30) {
            $0.add(
                der(0x31) {
                    $0.add(
                        der(0x30) {
                            $0.add([6, 3, 0x55, 4, 3])
                            $0.add(der(12) { $0.add(name) })
                        })
                })
        }
    }

    /// The extension "subject alternative name" with one DNS name.
    private static func alternativeName(_ name: String) -> [UInt8] {
        der(0x30) {
            $0.add([6, 3, 0x55, 0x1d, 0x11])
            $0.add(der(4) { $0.add(der(0x30) { $0.add(der(0x82) { $0.add(name) }) }) })
        }
    }

    /// A value with its tag and its length in the distinguished encoding.
    private static func der(_ tag: Int, _ build: (inout DialogueMessage) -> Void) -> [UInt8] {
        let content = DialogueMessage(build).octets
        return DialogueMessage {
            $0.add8(tag)
            switch content.count {
            case ..<128: $0.add8(content.count)
            case ..<256:
                $0.add8(0x81)
                $0.add8(content.count)
            default:
                $0.add8(0x82)
                $0.add16(content.count)
            }
            $0.add(content)
        }.octets
    }
}
