import Simulation
import Testing

/// The arithmetic behind QUIC Initial packets against published values.
struct PacketProtectionTests {
    @Test func `digests are those of FIPS 180-4`() {
        #expect(
            PacketDigest.sha256(Array("abc".utf8))
                == octets("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
        #expect(
            PacketDigest.sha256(Array(long.utf8))
                == octets("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"))
    }

    @Test func `keys are those of RFC 9001, appendix A1`() {
        let initial = PacketDigest.authentication(
            key: octets("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
            message: octets("8394c8f03e515708"))
        let secret = PacketDigest.expand(secret: initial, label: "client in", count: 32)
        #expect(
            secret == octets("c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea"))
        func part(_ label: String, _ count: Int) -> [UInt8] {
            PacketDigest.expand(secret: secret, label: label, count: count)
        }
        #expect(part("quic key", 16) == octets("1f369613dd76d5467730efcbe3b1a22d"))
        #expect(part("quic iv", 12) == octets("fa044b2f42a3fd3b46fb255c"))
        #expect(part("quic hp", 16) == octets("9f50449e04a0e810283a1e9933adedd2"))
    }

    @Test func `blocks are encrypted as in FIPS 197, appendix C1`() {
        let cipher = PacketCipher(key: octets("000102030405060708090a0b0c0d0e0f"))
        #expect(
            cipher.encrypted(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff)
                == 0x69c4_e0d8_6a7b_0430_d8cd_b780_70b4_c55a)
    }

    @Test func `texts are sealed as in the fourth test case of GCM`() {
        let cipher = PacketCipher(key: octets("feffe9928665731c6d6a8f9467308308"))
        let sealed = cipher.sealed(
            octets(
                """
                d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
                """), nonce: octets("cafebabefacedbaddecaf888"),
            authenticating: octets("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        #expect(
            sealed
                == octets(
                    """
                    42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
                    21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091\
                    5bc94fbc3221a5db94fae95ae7121a47
                    """))
    }

    private func octets(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}
