/// Writes names and records.
enum DNS {
    static func name(_ labels: String...) -> Octets {
        labels.flatMap { [UInt8($0.utf8.count)] + Octets($0.utf8) } + [0]
    }

    static func header(
        flags: Int = 0x8180, questions: Int = 1, answers: Int = 0, identifier: Int = 0xbeef
    ) -> Octets {
        .word16(identifier) + .word16(flags) + .word16(questions) + .word16(answers) + .word32(0)
    }

    static func record(_ owner: Octets, type: Int, _ content: Octets) -> Octets {
        owner + .word16(type) + .word16(1) + .word32(300) + .word16(content.count) + content
    }

    static func question(_ name: Octets, type: Int = 1) -> Octets {
        name + .word16(type) + .word16(1)
    }

    static let answer =
        header(answers: 3) + question(name("WWW", "Example", "org"))
        + record([0xc0, 12], type: 5, [3] + Octets("web".utf8) + [0xc0, 16])
        + record(name("web", "example", "org"), type: 1, [192, 0, 2, 1])
        + record([0xc0, 12], type: 28, [0x20, 1, 0x0d, 0xb8] + Octets.filler(12))
}
