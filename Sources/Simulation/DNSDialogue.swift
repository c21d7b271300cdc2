import NetworkTypes
import Statistics

/// Questions of the Domain Name System and their answers (RFC 1035).
enum DNSDialogue {
    enum Kind: Int, Sendable {
        case a = 1
        case cname = 5
        case ptr = 12
        case txt = 16
        case aaaa = 28
        case srv = 33
    }

    /// What an answer says of the name asked for.
    enum Answer: Sendable {
        case address(IPAddress)
        case alias(String)
        case pointer(String)
        case text([UInt8])
    }

    struct Question: Sendable {
        var name: String
        var kind: Kind
        var identifier: Int
    }

    static func query(_ question: Question) -> [UInt8] {
        DialogueMessage { message in
            // Recursion desired; one question and one additional record: EDNS with 1232 octets (RFC 6891).
            addHeader(to: &message, question.identifier, flags: 0x0100, records: (0, 0, 1))
            add(question, to: &message)
            message.add([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])
        }.octets
    }

    /// The answer; without records it says that the name has none of this kind, or does not exist.
    static func answer(
        _ question: Question, _ answers: [Answer], exists: Bool = true, isTruncated: Bool = false,
        timeToLive: Int = 300
    ) -> [UInt8] {
        DialogueMessage { message in
            let flags = 0x8180 | (exists ? 0 : 3) | (isTruncated ? 0x0200 : 0)
            let authorities = answers.isEmpty && !isTruncated ? 1 : 0
            addHeader(
                to: &message, question.identifier, flags: flags,
                records: (answers.count, authorities, 1))
            add(question, to: &message)
            for answer in answers { add(answer, timeToLive, to: &message) }
            if authorities == 1 { addAuthority(of: question.name, to: &message) }
            message.add([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0])
        }.octets
    }

    /// A question or announcement to all machines of the link (RFC 6762).
    static func multicast(asking name: String, answer instance: String?) -> [UInt8] {
        DialogueMessage { message in
            message.add16(0)
            message.add16(instance == nil ? 0 : 0x8400)
            message.add16(instance == nil ? 1 : 0)
            message.add16(instance == nil ? 0 : 1)
            message.add32(0)
            add(name, to: &message)
            message.add16(Kind.ptr.rawValue)
            message.add16(1)
            guard let instance else { return }
            message.add32(4500)
            message.addCounted(2) {
                $0.addCounted(1) { $0.add(instance) }
                $0.add16(0xc00c)
            }
        }.octets
    }

    static func add(_ name: String, to message: inout DialogueMessage) {
        for label in name.split(separator: ".") {
            message.addCounted(1) { $0.add(String(label)) }
        }
        message.add8(0)
    }

    private static func addHeader(
        to message: inout DialogueMessage, _ identifier: Int, flags: Int,
        records: (answers: Int, authorities: Int, additional: Int)
    ) {
        for number in [
            identifier, flags, 1, records.answers, records.authorities, records.additional,
        ] { message.add16(number) }
    }

    private static func add(_ question: Question, to message: inout DialogueMessage) {
        add(question.name, to: &message)
        message.add16(question.kind.rawValue)
        message.add16(1)
    }

    /// A record of the name asked for, which stands 12 octets from the start of the message.
    private static func add(_ answer: Answer, _ timeToLive: Int, to message: inout DialogueMessage)
    {
        let kind: Kind =
            switch answer {
            case .address(let address): address.isIPv4 ? .a : .aaaa
            case .alias: .cname
            case .pointer: .ptr
            case .text: .txt
            }
        for number in [0xc00c, kind.rawValue, 1] { message.add16(number) }
        message.add32(timeToLive)
        message.addCounted(2) { message in
            switch answer {
            case .address(let address): message.add(address)
            case .alias(let name), .pointer(let name): add(name, to: &message)
            case .text(let octets):
                for start in stride(from: 0, to: octets.count, by: 255) {
                    message.addCounted(1) {
                        $0.add(Array(octets[start..<min(start + 255, octets.count)]))
                    }
                }
            }
        }
    }

    /// Who is responsible for the names of the domain: the start of authority.
    private static func addAuthority(of name: String, to message: inout DialogueMessage) {
        let labels = name.split(separator: ".").suffix(2)
        let domain = labels.joined(separator: ".")
        add(domain, to: &message)
        message.add16(6)
        message.add16(1)
        message.add32(900)
        message.addCounted(2) {
            add("ns1.\(domain)", to: &$0)
            add("hostmaster.\(domain)", to: &$0)
            for number in [2_024_010_101, 7200, 900, 1_209_600, 900] { $0.add32(number) }
        }
    }
}
