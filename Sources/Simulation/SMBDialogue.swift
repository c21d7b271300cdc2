import Statistics

/// File sharing by SMB 3.0 ([MS-SMB2]): negotiation and log-in in the clear, the rest encrypted.
struct SMBDialogue: Sendable {
    var server: String
    var share: String
    var domain = "CAMPUS"
    private var session: UInt64 = 0
    private var message = 0

    init(server: String, share: String) {
        self.server = server
        self.share = share
    }

    /// Adds negotiation, log-in and the connection to the share.
    mutating func addLogin(to script: inout DialogueScript, _ generator: inout SeededGenerator) {
        session = generator.next() >> 8
        let think = Int64.milliseconds(generator.uniform(in: 0.3...2))
        script.say(.client, packet(0, from: .client) { Self.addNegotiation(to: &$0, &generator) })
        script.say(
            .server, packet(0, from: .server) { Self.addNegotiated(to: &$0, &generator) },
            after: think)
        for isLast in [false, true] {
            script.say(
                .client,
                packet(1, from: .client, isLogin: !isLast) { [domain] in
                    Self.addSessionRequest(
                        to: &$0, isLast ? Self.authentication(domain, &generator) : Self.greeting)
                }, after: .milliseconds(0.3))
            script.say(
                .server,
                packet(1, from: .server, status: isLast ? 0 : 0xc000_0016) { [domain] in
                    Self.addSessionAnswer(
                        to: &$0, isLast ? [] : Self.challenge(domain, &generator))
                }, after: think)
        }
        let path = Self.wide("\\\\\(server)\\\(share)")
        script.say(
            .client,
            packet(3, from: .client) {
                for number in [9, 0, 72, path.count] { $0.addLittle(number, octets: 2) }
                $0.add(path)
            }, after: .milliseconds(0.3))
        script.say(
            .server,
            packet(3, from: .server) {
                $0.addLittle(16, octets: 2)
                $0.addLittle(1, octets: 2)
                for number in [0, 0, 0x001f_01ff] { $0.addLittle(number, octets: 4) }
            }, after: think)
    }

    /// Adds an encrypted message of so many octets.
    func addEncrypted(
        _ sender: DialogueSide, octets: Int, to script: inout DialogueScript, after pause: Int64,
        _ generator: inout SeededGenerator
    ) {
        let head = DialogueMessage {
            $0.add32(52 + octets)
            $0.add([0xfd, 0x53, 0x4d, 0x42])
            $0.addRandom(16, &generator)
            $0.addRandom(11, &generator)
            $0.addZeros(5)
            $0.addLittle(octets, octets: 4)
            $0.addLittle(0, octets: 2)
            $0.addLittle(1, octets: 2)
            $0.addLittle(Int(session), octets: 8)
        }.octets
        script.send(sender, head: head, bulk: octets, after: pause)
    }

    /// A message with its header of 64 octets behind the length of NetBIOS.
    private mutating func packet(
        _ command: Int, from side: DialogueSide, status: Int = 0, isLogin: Bool = false,
        _ build: (inout DialogueMessage) -> Void
    ) -> [UInt8] {
        if side == .client { message += 1 }
        let hasSession = command > 0 && !isLogin
        let content = DialogueMessage(build).octets
        return DialogueMessage {
            $0.add32(64 + content.count)
            $0.add([0xfe, 0x53, 0x4d, 0x42])
            $0.addLittle(64, octets: 2)
            $0.addLittle(command > 0 ? 1 : 0, octets: 2)
            $0.addLittle(status, octets: 4)
            $0.addLittle(command, octets: 2)
            $0.addLittle(31, octets: 2)
            $0.addLittle(side == .server ? 1 : 0, octets: 4)
            $0.addLittle(0, octets: 4)
            $0.addLittle(message - 1, octets: 8)
            $0.addLittle(0xfeff, octets: 4)
            $0.addLittle(command == 3 && side == .server ? 1 : 0, octets: 4)
            $0.addLittle(hasSession ? Int(session) : 0, octets: 8)
            $0.addZeros(16)
            $0.add(content)
        }.octets
    }

    private static func addNegotiation(
        to message: inout DialogueMessage, _ generator: inout SeededGenerator
    ) {
        let dialects = [0x0202, 0x0210, 0x0300, 0x0302]
        for number in [36, dialects.count, 1, 0] { message.addLittle(number, octets: 2) }
        message.addLittle(0x7f, octets: 4)
        message.addRandom(16, &generator)
        message.addZeros(8)
        for dialect in dialects { message.addLittle(dialect, octets: 2) }
    }

    private static func addNegotiated(
        to message: inout DialogueMessage, _ generator: inout SeededGenerator
    ) {
        for number in [65, 1, 0x0302, 0] { message.addLittle(number, octets: 2) }
        message.addRandom(16, &generator)
        for number in [0x47, 8_388_608, 8_388_608, 8_388_608] {
            message.addLittle(number, octets: 4)
        }
        // 1 January 2024 in steps of 100 nanoseconds since 1601, and no start time.
        message.addLittle(133_485_408_000_000_000, octets: 8)
        message.addZeros(8)
        message.addLittle(128, octets: 2)
        message.addZeros(6)
    }

    private static func addSessionRequest(to message: inout DialogueMessage, _ blob: [UInt8]) {
        message.addLittle(25, octets: 2)
        message.add([0, 1])
        message.addLittle(1, octets: 4)
        message.addZeros(4)
        message.addLittle(88, octets: 2)
        message.addLittle(blob.count, octets: 2)
        message.addZeros(8)
        message.add(blob)
    }

    private static func addSessionAnswer(to message: inout DialogueMessage, _ blob: [UInt8]) {
        for number in [9, 0, 72, blob.count] { message.addLittle(number, octets: 2) }
        message.add(blob)
    }

    // MARK: - NTLM ([MS-NLMP])

    private static let signature = Array("NTLMSSP".utf8) + [0]
    private static let flags = 0xe208_8297
    private static let version: [UInt8] = [10, 0, 0x61, 0x4a, 0, 0, 0, 15]

    private static let greeting = DialogueMessage {
        $0.add(signature)
        $0.addLittle(1, octets: 4)
        $0.addLittle(flags, octets: 4)
        $0.addZeros(16)
        $0.add(version)
    }.octets

    private static func challenge(
        _ domain: String, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let name = wide(domain)
        return DialogueMessage {
            $0.add(signature)
            $0.addLittle(2, octets: 4)
            addField(to: &$0, count: name.count, offset: 56)
            $0.addLittle(flags | 0x0081_0000, octets: 4)
            $0.addRandom(8, &generator)
            $0.addZeros(8)
            addField(to: &$0, count: name.count + 8, offset: 56 + name.count)
            $0.add(version)
            $0.add(name)
            // The domain's name, and the end of the list.
            $0.addLittle(2, octets: 2)
            $0.addLittle(name.count, octets: 2)
            $0.add(name)
            $0.addZeros(4)
        }.octets
    }

    private static func authentication(
        _ domain: String, _ generator: inout SeededGenerator
    ) -> [UInt8] {
        let names = [wide(domain), wide("user\(generator.index(below: 90))"), wide("PC")]
        let fields = [24, 24] + names.map(\.count) + [16]
        return DialogueMessage {
            $0.add(signature)
            $0.addLittle(3, octets: 4)
            var offset = 72
            for count in fields {
                addField(to: &$0, count: count, offset: offset)
                offset += count
            }
            $0.addLittle(flags, octets: 4)
            $0.add(version)
            $0.addRandom(48, &generator)
            for name in names { $0.add(name) }
            $0.addRandom(16, &generator)
        }.octets
    }

    private static func addField(to message: inout DialogueMessage, count: Int, offset: Int) {
        message.addLittle(count, octets: 2)
        message.addLittle(count, octets: 2)
        message.addLittle(offset, octets: 4)
    }

    /// UTF-16, little-endian.
    private static func wide(_ text: String) -> [UInt8] {
        text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    }
}
