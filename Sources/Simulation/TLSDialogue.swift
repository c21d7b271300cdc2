import Statistics

/// Handshakes of TLS 1.2 and 1.3 (RFC 5246, RFC 8446) with well-formed messages and made-up keys, as far
/// as they go in the clear.
struct TLSDialogue: Sendable {
    /// Whose habits the ClientHello shows.
    enum Client: Int, Sendable {
        case browser, library, windows
    }

    var client: Client
    /// The server's name, `nil` if the client names none.
    var host: String?
    var protocols: [String]
    var isVersion13: Bool
    /// The years between which the certificate is valid.
    var validYears: ClosedRange<Int> = 2024...2025

    /// Adds the handshake to the script; the client speaks first.
    func addHandshake(to script: inout DialogueScript, _ generator: inout SeededGenerator) {
        let session = (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let identifier = isVersion13 || client == .browser ? session : []
        let hello = clientHello(session: identifier, &generator)
        script.say(.client, Self.record(22, hello, version: 0x0301))
        let think = Int64.milliseconds(generator.uniform(in: 0.4...3))
        if isVersion13 {
            // Behind the change of cipher everything is encrypted: extensions, certificate, signature.
            var answer = Self.record(
                22, Self.serverHello(session: identifier, isVersion13: true, &generator))
            answer += Self.cipherChange
            script.sendRecords(
                .server, head: answer, octets: Int(generator.integer(in: 2300...4600)), after: think
            )
            script.sendRecords(
                .client, head: Self.cipherChange, octets: 58, after: .milliseconds(0.5))
            return
        }
        var answer = DialogueMessage()
        answer.add(Self.serverHello(session: session, isVersion13: false, &generator))
        answer.add(certificate(&generator))
        answer.add(Self.serverKeys(&generator))
        answer.add([14, 0, 0, 0])
        script.say(.server, Self.record(22, answer.octets), after: think)
        let keys = DialogueMessage {
            $0.add8(16)
            $0.addCounted(3) { $0.addCounted(1) { $0.addRandom(32, &generator) } }
        }
        script.say(
            .client,
            Self.record(22, keys.octets) + Self.cipherChange + Self.finished(&generator),
            after: .milliseconds(generator.uniform(in: 0.5...2)))
        script.say(
            .server, Self.cipherChange + Self.finished(&generator), after: .milliseconds(0.3))
    }

    /// A ClientHello message without its record.
    ///
    /// - Parameter transport: the transport parameters, for QUIC.
    func clientHello(
        session: [UInt8], transport: [UInt8]? = nil, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let grease = 0x0a0a + 0x1010 * generator.index(below: 16)
        return DialogueMessage {
            $0.add8(1)
            $0.addCounted(3) { message in
                message.add16(0x0303)
                message.addRandom(32, &generator)
                message.addCounted(1) { $0.add(session) }
                message.addCounted(2) { suites in
                    if client == .browser { suites.add16(grease) }
                    for suite in Self.suites(client, isQUIC: transport != nil) {
                        suites.add16(suite)
                    }
                }
                message.add16(0x0100)
                message.addCounted(2) { message in
                    addExtensions(to: &message, grease: grease, transport, &generator)
                }
            }
        }.octets
    }

    static func serverHello(
        session: [UInt8], isVersion13: Bool, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        DialogueMessage {
            $0.add8(2)
            $0.addCounted(3) { message in
                message.add16(0x0303)
                message.addRandom(32, &generator)
                message.addCounted(1) { $0.add(session) }
                message.add16(isVersion13 ? 0x1301 : 0xc02b)
                message.add8(0)
                message.addCounted(2) { message in
                    if isVersion13 {
                        message.addExtension(43) { $0.add16(0x0304) }
                        message.addExtension(51) {
                            $0.add16(0x001d)
                            $0.addCounted(2) { $0.addRandom(32, &generator) }
                        }
                    } else {
                        message.addExtension(23) { _ in }
                        message.addExtension(0xff01) { $0.add8(0) }
                        message.addExtension(11) { $0.add16(0x0100) }
                    }
                }
            }
        }.octets
    }

    /// A handshake message or the like in a record of its own.
    static func record(_ type: Int, _ content: [UInt8], version: Int = 0x0303) -> [UInt8] {
        DialogueMessage {
            $0.add8(type)
            $0.add16(version)
            $0.addCounted(2) { $0.add(content) }
        }.octets
    }

    private static let cipherChange: [UInt8] = [20, 3, 3, 0, 1, 1]

    /// The first encrypted message.
    private static func finished(_ generator: inout SeededGenerator) -> [UInt8] {
        record(22, DialogueMessage { $0.addRandom(40, &generator) }.octets)
    }

    /// The server's half of the key exchange on curve X25519, signed (RFC 8422).
    private static func serverKeys(_ generator: inout SeededGenerator) -> [UInt8] {
        DialogueMessage {
            $0.add8(12)
            $0.addCounted(3) { message in
                message.add8(3)
                message.add16(0x001d)
                message.addCounted(1) { $0.addRandom(32, &generator) }
                message.add16(0x0403)
                message.addCounted(2) { $0.add(TLSDialogue.signature(&generator)) }
            }
        }.octets
    }
}
