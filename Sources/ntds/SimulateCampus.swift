import ArgumentParser
import Assembly
import Simulation

/// `ntds simulate campus`.
struct SimulateCampus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "campus",
        abstract: "The flows of a campus in which every machine has a character, with attacks.",
        discussion: """
            Flows in the order in which they end, as a meter at the router would write
            them: people work by day, machines call by the clock, servers are visited,
            watched and saved at night. The same options give the same flows. The table
            has the names of the columns of ntds meter --columns all, as far as they apply;
            the name asked for in a DNS flow is its server name. Messages of address
            resolution go to the table's name with .events.jsonl, the ground truth, one
            line an attack, to that with .attacks.jsonl.

            Attacks: \(Self.kindNames(perLine: 3)).

            Examples:
              ntds simulate campus --out campus-week.parquet
              ntds simulate campus --attacks none --seed 7 --out quiet-week.parquet
              ntds simulate campus --days 2 --learning-days 1 \\
                  --attacks short-beacon,dga --out two.csv
            """)

    @Option(help: "Machines of the campus, 16 to 1000, its eight servers included.")
    var hosts = 50
    @Option(help: "Days, 1 to 62, from midnight of the first.")
    var days = 7
    @Option(help: "Days without attacks at the beginning (default: 3, or fewer of a short time).")
    var learningDays: Int?
    @Option(
        help: "The first day, UTC (default: Monday, 2024-01-15).", transform: StartTime.init)
    var start = StartTime(HostedCampus.Configuration.defaultStart)
    @Option(help: "Seed.")
    var seed: UInt64 = 1
    @Option(help: "About how many flows, without attacks (default: 2000000 a week).")
    var flows: Int?
    @Option(
        help: "all, none, or kinds with commas between, one attack of each mention (default: all).",
        transform: HostedAttackChoice.init)
    var attacks = HostedAttackChoice(kinds: HostedAttack.Kind.allCases)
    @Option(help: "File to write, .csv or .parquet.", completion: .file())
    var out = "campus-week.parquet"
    @Flag(help: "No progress and no summary.")
    var quiet = false

    func validate() throws {
        guard out.hasSuffix(".csv") || out.hasSuffix(".parquet") else {
            throw ValidationError("--out \(out): name a file that ends in .csv or .parquet")
        }
        _ = try checkedConfiguration()
    }

    func run() throws {
        let outcome = try CampusSimulation(checkedConfiguration())
            .perform(path: out, isQuiet: quiet)
        if quiet { return }
        print("\(outcome.tablePath): \(outcome.flowCount) flows, \(outcome.lookupCount) lookups")
        print("\(outcome.eventsPath): \(outcome.eventCount) messages of address resolution")
        for attack in outcome.attacks { print("  \(attack.kind.rawValue): \(attack.sentence)") }
        print("Ground truth: \(outcome.truthPath)")
    }

    private func checkedConfiguration() throws -> HostedCampus.Configuration {
        do {
            return try HostedCampus.Configuration(
                seed: seed, start: start.time, days: days, hosts: hosts, flows: flows,
                learningDays: learningDays, attacks: attacks.kinds)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The names of all attacks, some a line, for the help.
    private static func kindNames(perLine count: Int) -> String {
        let names = HostedAttack.Kind.allCases.map(\.rawValue)
        return stride(from: 0, to: names.count, by: count).map { first in
            names[first..<min(first + count, names.count)].joined(separator: ", ")
        }.joined(separator: ",\n")
    }
}

/// Which attacks a hosted campus has.
struct HostedAttackChoice {
    let kinds: [HostedAttack.Kind]

    init(kinds: [HostedAttack.Kind]) { self.kinds = kinds }

    init(_ argument: String) throws {
        switch argument {
        case "all": kinds = HostedAttack.Kind.allCases
        case "none": kinds = []
        default:
            kinds = try [argument].commaSeparated.map { name in
                if let kind = HostedAttack.Kind(rawValue: name) { return kind }
                let known = HostedAttack.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("no attack is called '\(name)': all, none, or of \(known)")
            }
            guard !kinds.isEmpty else { throw ValidationError("write all, none, or some kinds") }
        }
    }
}
