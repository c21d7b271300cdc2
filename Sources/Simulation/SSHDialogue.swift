import Statistics

/// Secure Shell (RFC 4253): banners and key exchange in the clear, the rest encrypted.
struct SSHDialogue: Sendable {
    var clientBanner = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"
    var serverBanner = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"

    /// Adds banners and key exchange up to the first encrypted packets.
    func addHandshake(to script: inout DialogueScript, _ generator: inout SeededGenerator) {
        let pause = Int64.milliseconds(generator.uniform(in: 2...12))
        script.say(.client, clientBanner, after: .milliseconds(0.3))
        script.say(.server, serverBanner, after: pause)
        script.say(.client, keyExchange(&generator), after: .milliseconds(0.4))
        script.say(.server, keyExchange(&generator), after: .milliseconds(0.6))
        let offer = packet({ message in
            message.add8(30)
            message.addCounted(4) { $0.addRandom(32, &generator) }
        })
        script.say(.client, offer, after: .milliseconds(1))
        var answer = packet({ message in
            message.add8(31)
            message.addCounted(4) {
                $0.addCounted(4) { $0.add("ssh-ed25519") }
                $0.addCounted(4) { $0.addRandom(32, &generator) }
            }
            message.addCounted(4) { $0.addRandom(32, &generator) }
            message.addCounted(4) {
                $0.addCounted(4) { $0.add("ssh-ed25519") }
                $0.addCounted(4) { $0.addRandom(64, &generator) }
            }
        })
        answer += packet { $0.add8(21) }
        script.say(.server, answer, after: pause)
        script.say(.client, packet { $0.add8(21) }, after: .milliseconds(1))
        // Service request and answer, and the question which ways to log in there are.
        for octets in [44, 68] {
            script.send(.client, bulk: octets, after: .milliseconds(0.5))
            script.send(.server, bulk: octets - 16 * (octets / 60), after: .milliseconds(0.5))
        }
    }

    /// Adds one password tried; a wrong one takes its time.
    static func addPassword(
        to script: inout DialogueScript, isRight: Bool, after pause: Int64,
        _ generator: inout SeededGenerator
    ) {
        script.send(.client, bulk: 148, after: pause)
        let delay = isRight ? 0.02 : generator.uniform(in: 1.6...2.4)
        script.send(.server, bulk: isRight ? 28 : 52, after: .seconds(delay))
    }

    private func keyExchange(_ generator: inout SeededGenerator) -> [UInt8] {
        packet { message in
            message.add8(20)
            message.addRandom(16, &generator)
            for list in [
                "curve25519-sha256,ecdh-sha2-nistp256", "ssh-ed25519,rsa-sha2-512",
                Self.ciphers, Self.ciphers, Self.codes, Self.codes, "none,zlib@openssh.com",
                "none,zlib@openssh.com", "", "",
            ] { message.addCounted(4) { $0.add(list) } }
            message.add8(0)
            message.add32(0)
        }
    }

    private static let ciphers =
        "chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr,aes128-gcm@openssh.com"
    private static let codes = "umac-64-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-256"

    /// A packet in the clear: length, padding to a multiple of eight, at least four octets of it.
    private func packet(_ build: (inout DialogueMessage) -> Void) -> [UInt8] {
        let content = DialogueMessage(build).octets
        let padding = 4 + (8 - (content.count + 9) % 8) % 8
        return DialogueMessage {
            $0.add32(1 + content.count + padding)
            $0.add8(padding)
            $0.add(content)
            $0.addZeros(padding)
        }.octets
    }
}
