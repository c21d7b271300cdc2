import Statistics

/// The opening of a QUIC version 1 connection (RFC 9000, RFC 9001): Initial packets that anybody can
/// decrypt, as real ones, with a ClientHello and a ServerHello; all else is protected with keys nobody has.
struct QUICDialogue: Sendable {
    let hello: TLSDialogue
    /// The connection identifiers: the client's first choice for the server, then the server's own.
    private let firstIdentifier: [UInt8]
    let serverIdentifier: [UInt8]
    private let clientKeys: QUICPacketKeys
    private let serverKeys: QUICPacketKeys

    init(host: String, _ generator: inout SeededGenerator) {
        hello = TLSDialogue(client: .browser, host: host, protocols: ["h3"], isVersion13: true)
        firstIdentifier = DialogueMessage { $0.addRandom(8, &generator) }.octets
        serverIdentifier = DialogueMessage { $0.addRandom(8, &generator) }.octets
        clientKeys = QUICPacketKeys(connection: firstIdentifier, side: "client in")
        serverKeys = QUICPacketKeys(connection: firstIdentifier, side: "server in")
    }

    /// Adds the handshake to the script of datagrams.
    func addHandshake(to script: inout DialogueScript, _ generator: inout SeededGenerator) {
        let parameters = Self.transportParameters
        let greeting = hello.clientHello(session: [], transport: parameters, &generator)
        script.say(
            .client,
            clientKeys.packet(
                to: firstIdentifier, from: [], number: 0, frames: Self.crypto(greeting),
                datagramOctets: 1250))

        let answer = TLSDialogue.serverHello(session: [], isVersion13: true, &generator)
        var first = serverKeys.packet(
            to: [], from: serverIdentifier, number: 0,
            frames: Self.acknowledgement(of: 0) + Self.crypto(answer))
        first += handshake(to: [], from: serverIdentifier, octets: 1215 - first.count, &generator)
        script.say(.server, first, after: .milliseconds(generator.uniform(in: 1...4)))
        for octets in [1175, Int(generator.integer(in: 250...900))] {
            script.say(
                .server, handshake(to: [], from: serverIdentifier, octets: octets, &generator))
        }
        script.say(
            .client,
            clientKeys.packet(
                to: serverIdentifier, from: [], number: 1, frames: Self.acknowledgement(of: 0),
                datagramOctets: 1250))
        script.say(
            .client, handshake(to: serverIdentifier, from: [], octets: 62, &generator),
            after: .milliseconds(0.8))
    }

    /// A Handshake packet whose content nobody can read.
    private func handshake(
        to receiver: [UInt8], from sender: [UInt8], octets: Int, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        DialogueMessage {
            // The two highest bits and the type are in the clear, the lowest four are protected.
            $0.add8(0xe0 | generator.index(below: 16))
            $0.add32(1)
            $0.addCounted(1) { $0.add(receiver) }
            $0.addCounted(1) { $0.add(sender) }
            $0.add16(0x4000 | octets)
            $0.addRandom(octets, &generator)
        }.octets
    }

    /// A CRYPTO frame from offset 0.
    private static func crypto(_ content: [UInt8]) -> [UInt8] {
        DialogueMessage {
            $0.add([6, 0])
            $0.add16(0x4000 | content.count)
            $0.add(content)
        }.octets
    }

    private static func acknowledgement(of number: Int) -> [UInt8] { [2, UInt8(number), 0, 0, 0] }

    /// Idle time-out, datagram size, and limits of data and streams.
    private static let transportParameters: [UInt8] = [
        0x01, 4, 0x80, 0x00, 0x75, 0x30, 0x03, 2, 0x45, 0xc0, 0x04, 4, 0x80, 0xf0, 0x00, 0x00, 0x05,
        4, 0x80, 0x60, 0x00, 0x00, 0x06, 4, 0x80, 0x60, 0x00, 0x00, 0x07, 4, 0x80, 0x60, 0x00, 0x00,
        0x08, 2, 0x40, 0x64, 0x09, 2, 0x40, 0x67, 0x0f, 0,
    ]
}

/// The keys of one side's Initial packets (RFC 9001 section 5.2).
struct QUICPacketKeys: Sendable {
    private let cipher: PacketCipher
    private let nonce: [UInt8]
    private let headerCipher: PacketCipher

    init(connection: [UInt8], side: String) {
        let salt: [UInt8] = [
            0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
            0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
        ]
        let initial = PacketDigest.authentication(key: salt, message: connection)
        let secret = PacketDigest.expand(secret: initial, label: side, count: 32)
        cipher = PacketCipher(
            key: PacketDigest.expand(secret: secret, label: "quic key", count: 16))
        nonce = PacketDigest.expand(secret: secret, label: "quic iv", count: 12)
        headerCipher = PacketCipher(
            key: PacketDigest.expand(secret: secret, label: "quic hp", count: 16))
    }

    /// A protected Initial packet.
    ///
    /// - Parameter datagramOctets: the length it is padded to.
    func packet(
        to receiver: [UInt8], from sender: [UInt8], number: Int, frames: [UInt8],
        datagramOctets: Int = 0
    ) -> [UInt8] {
        let headerOctets = 1 + 4 + 1 + receiver.count + 1 + sender.count + 1 + 2 + 4
        let padding = max(0, datagramOctets - headerOctets - frames.count - 16)
        let text = frames + Array(repeating: 0, count: padding)
        // A packet number of four octets; no token.
        var header = DialogueMessage {
            $0.add8(0xc3)
            $0.add32(1)
            $0.addCounted(1) { $0.add(receiver) }
            $0.addCounted(1) { $0.add(sender) }
            $0.add8(0)
            $0.add16(0x4000 | (4 + text.count + 16))
            $0.add32(number)
        }.octets
        var nonce = nonce
        nonce[11] ^= UInt8(truncatingIfNeeded: number)
        let sealed = cipher.sealed(text, nonce: nonce, authenticating: header)
        // The sample begins four octets behind the start of the packet number: here with the ciphertext.
        let mask = headerCipher.encrypted(PacketCipher.block(sealed[0..<16]))
        header[0] ^= UInt8(truncatingIfNeeded: mask >> 120) & 0x0f
        for place in 0..<4 {
            header[headerOctets - 4 + place] ^= UInt8(
                truncatingIfNeeded: mask >> UInt128(112 - 8 * place))
        }
        return header + sealed
    }
}
