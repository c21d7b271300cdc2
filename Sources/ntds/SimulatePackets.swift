import ArgumentParser
import Assembly
import NetworkTypes
import Simulation

/// `ntds simulate packets`.
struct SimulatePackets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packets",
        abstract: "A capture of a small campus, with its attacks as ground truth beside it.",
        discussion: """
            What a port towards the campus sees: DNS, TLS, HTTP, QUIC, SSH, mail, updates,
            video, more by day than by night. The same options give the same octets. The
            ground truth is written as JSON lines, one an attack with its flows, to the
            capture's name with .attacks.jsonl.

            Attacks: \(Self.kindNames(perLine: 3)).

            Examples:
              ntds simulate packets --out campus.pcap
              ntds simulate packets --start 2024-01-20 --duration 1d --out day.pcapng
              ntds simulate packets --attacks beacon,dns-tunnel --out two.pcap
              ntds simulate packets --attacks none --hosts 200 --flows-per-hour 20000 \\
                  --out quiet.pcap
            """)

    @Option(help: "Seed.")
    var seed: UInt64 = 1
    @Option(
        help: "When it begins, UTC: a date, or a date and time (default: 2024-01-17T10:00).",
        transform: StartTime.init)
    var start = StartTime(SimulatedCapture.Configuration.defaultStart)
    @Option(help: "How long it lasts: 90s, 30m, 2d (default: 1h).", transform: SimulatedSpan.init)
    var duration = SimulatedSpan(seconds: 3600)
    @Option(help: "Machines of the campus, 10 to 4000, five servers included.")
    var hosts = 40
    @Option(help: "Flows in an hour, averaged over a week; chores of the machines come on top.")
    var flowsPerHour = 1000
    @Option(
        help: "all, none, or kinds with commas between, one attack of each mention (default: all).",
        transform: AttackChoice.init)
    var attacks = AttackChoice(kinds: PacketAttack.Kind.allCases)
    @Option(help: "File to write, .pcap or .pcapng.", completion: .file())
    var out = "campus.pcap"
    @Flag(help: "No progress and no summary.")
    var quiet = false

    func validate() throws {
        guard out.hasSuffix(".pcap") || out.hasSuffix(".pcapng") else {
            throw ValidationError("--out \(out): name a file that ends in .pcap or .pcapng")
        }
        guard (10...4000).contains(hosts) else {
            throw ValidationError("--hosts \(hosts): from 10 to 4000")
        }
        guard (1...10_000_000).contains(flowsPerHour) else {
            throw ValidationError("--flows-per-hour \(flowsPerHour): from 1 to 10000000")
        }
        guard attacks.kinds.count <= 1000 else {
            throw ValidationError("--attacks: at most 1000")
        }
    }

    func run() throws {
        let configuration: SimulatedCapture.Configuration
        do {
            configuration = try SimulatedCapture.Configuration(
                seed: seed, start: start.time, duration: .seconds(duration.seconds), hosts: hosts,
                flowsPerHour: flowsPerHour, attacks: attacks.kinds)
        } catch {
            throw ValidationError("\(error)")
        }
        let outcome = try PacketSimulation(configuration).perform(path: out, isQuiet: quiet)
        if outcome.skippedDialogueCount > 0 {
            Console.complain(
                "\(outcome.skippedDialogueCount) dialogues left out, too many were under way: lower "
                    + "--flows-per-hour")
        }
        if quiet { return }
        print("\(outcome.capturePath): \(outcome.frameCount) frames")
        for attack in outcome.attacks { print("  \(attack.kind.rawValue): \(attack.sentence)") }
        print("Ground truth: \(outcome.truthPath)")
    }

    /// The names of all attacks, some a line, for the help.
    private static func kindNames(perLine count: Int) -> String {
        let names = PacketAttack.Kind.allCases.map(\.rawValue)
        return stride(from: 0, to: names.count, by: count).map { first in
            names[first..<min(first + count, names.count)].joined(separator: ", ")
        }.joined(separator: ",\n")
    }
}

/// When a simulated capture begins.
struct StartTime {
    let time: Timestamp

    init(_ time: Timestamp) { self.time = time }

    /// A date, or a date and time, by ISO 8601 in UTC; the `Z` at the end may be left out.
    init(_ argument: String) throws {
        var text = argument.hasSuffix("Z") ? String(argument.dropLast()) : argument
        switch text.utf8.count {
        case 10: text += "T00:00:00"
        case 16: text += ":00"
        default: break
        }
        guard text.dropFirst(4).first == "-", let time = FlowTableTime(text) else {
            throw ValidationError("write a date like 2024-01-17, or 2024-01-17T10:00 (UTC)")
        }
        guard Self.range.contains(time.timestamp) else {
            throw ValidationError("the years of a capture are 1970 to 2104")
        }
        self.time = time.timestamp
    }

    /// With a year to go, what the 32 bits of the seconds in a pcap file hold.
    private static let range =
        Timestamp(nanoseconds: 0)..<Timestamp(nanoseconds: 4_260_211_200_000_000_000)
}

/// How long a simulated capture lasts.
struct SimulatedSpan {
    let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    /// A number and a unit.
    init(_ argument: String) throws {
        let units = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = units[String(argument.suffix(1))], let number = Int(argument.dropLast())
        else { throw ValidationError("write a number and a unit: 90s, 30m, 1h or 2d") }
        let (seconds, isTooMuch) = number.multipliedReportingOverflow(by: unit)
        guard !isTooMuch, (60...366 * 86_400).contains(seconds) else {
            throw ValidationError("from a minute (1m) to a year (366d)")
        }
        self.seconds = seconds
    }
}

/// Which attacks a simulated capture has.
struct AttackChoice {
    let kinds: [PacketAttack.Kind]

    init(kinds: [PacketAttack.Kind]) { self.kinds = kinds }

    init(_ argument: String) throws {
        switch argument {
        case "all": kinds = PacketAttack.Kind.allCases
        case "none": kinds = []
        default:
            kinds = try [argument].commaSeparated.map { name in
                if let kind = PacketAttack.Kind(rawValue: name) { return kind }
                let known = PacketAttack.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("no attack is called '\(name)': all, none, or of \(known)")
            }
            guard !kinds.isEmpty else { throw ValidationError("write all, none, or some kinds") }
        }
    }
}
