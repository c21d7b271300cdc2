import ArgumentParser
import Assembly
import NetworkTypes

/// Which service a command speaks to.
struct ServiceOptions: ParsableArguments {
    @Option(help: "State folder of the service on this machine.", completion: .directory)
    var state = "./ntds-data"
    @Option(help: "Address of another service: http://10.0.0.2:9470.")
    var url: String?
    @Option(help: "File with the token; that of the state folder without it.", completion: .file())
    var tokenFile: String?
    @Flag(help: "JSON, one object a line.")
    var json = false

    func client() throws -> AlertClient {
        try AlertClient(state: state, address: url, tokenFile: tokenFile)
    }

    func show(_ object: Any, _ text: ([String: Any]) -> String) {
        Console.write(
            json ? AlertListing.json(object) : text(object as? [String: Any] ?? [:]), to: 1)
    }
}

/// `ntds alerts`.
struct AlertCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Shows alerts and works on them, through the API of a running `ntds run`.",
        discussion: """
            An alert is told by its fingerprint, the first word of each line of the list.

            Examples:
              ntds alerts
              ntds alerts list --handling all --severity high --json
              ntds alerts show 1f0c33a9d2b4e871
              ntds alerts ack 1f0c33a9d2b4e871 --for 4h --note 'looking at it'
              ntds alerts close 1f0c33a9d2b4e871 --reason false-positive --note 'our scanner'

            Exit status: 0 done, 1 failed, 2 usage.
            """,
        subcommands: [
            List.self, Show.self, Acknowledge.self, Unacknowledge.self, Close.self, Reopen.self,
            Comment.self, Assign.self, Tag.self, Untag.self, Escalate.self, Deescalate.self,
            OverrideSeverity.self,
        ], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The queue: gravest first, of equals the latest.")

        @OptionGroup var service: ServiceOptions
        @Option(help: "open, acknowledged, closed (with commas between), or all.")
        var handling = "open,acknowledged"
        @Option(help: "At least this grave: informational, low, medium, high, critical.")
        var severity: String?
        @Option(help: "Of this entity alone: an address.")
        var entity: String?
        @Option(help: "Of this threat model alone: reconnaissance, exfiltration, ….")
        var model: String?
        @Option(help: "Alerts shown at most.")
        var limit = 50

        func run() throws {
            guard limit > 0 else { throw ValidationError("--limit \(limit): 1 or more") }
            let client = try service.client()
            var query = [("handling", handling)]
            if let severity { query.append(("severity", severity)) }
            if let entity { query.append(("entity", entity)) }
            if let model { query.append(("model", model)) }
            var (shown, after): (Int, String?) = (0, nil)
            repeat {
                let part =
                    [("limit", "\(min(1000, limit - shown))")]
                    + (after.map { [("after", $0)] } ?? [])
                let page = try client.ask("GET", "alerts", query: query + part) as? [String: Any]
                let alerts = page?["alerts"] as? [[String: Any]] ?? []
                for alert in alerts { service.show(alert, AlertListing.lines) }
                shown += alerts.count
                after = alerts.isEmpty ? nil : page?["next"] as? String
            } while after != nil && shown < limit
            if !service.json {
                let more = after == nil ? "" : "; there are more: --limit"
                Console.write("\(shown) alerts\(more)\n", to: 2)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One alert with its evidence and history.")
        @OptionGroup var service: ServiceOptions
        @Argument(help: "Fingerprint.") var fingerprint: String

        func run() throws {
            service.show(
                try service.client().ask("GET", "alerts/\(try path(fingerprint))"),
                AlertListing.whole)
        }
    }

    /// What every action has.
    struct Target: ParsableArguments {
        @OptionGroup var service: ServiceOptions
        @Argument(help: "Fingerprints.") var fingerprints: [String]
        @Option(help: "Why, for the history.") var note: String?

        func act(_ action: String, _ fields: [String: Any] = [:]) throws {
            let client = try service.client()
            let paths = try fingerprints.map(path)
            for place in paths {
                var body = fields
                body["action"] = action
                if let note { body["note"] = note }
                let alert = try client.ask("POST", "alerts/\(place)/actions", body: body)
                service.show(alert, AlertListing.lines)
            }
        }
    }

    struct Acknowledge: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ack", abstract: "You look after it; it is assigned to you.")
        @OptionGroup var target: Target
        @Option(name: .customLong("for"), help: "It is open again after this time: 4h, 2d.")
        var period: String?

        func run() throws {
            guard let period else { return try target.act("acknowledge") }
            guard let seconds = TimeText.seconds(period), seconds > 0 else {
                throw ValidationError("--for \(period): a time such as 4h or 2d")
            }
            try target.act("acknowledge", ["until": Moment.fromNow(seconds)])
        }
    }

    struct Unacknowledge: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unack", abstract: "Gives it back: open again.")
        @OptionGroup var target: Target
        func run() throws { try target.act("unacknowledge") }
    }

    struct Close: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Closes it with a reason, which is your verdict.")
        @OptionGroup var target: Target
        @Option(
            help: "true-positive, benign, false-positive, duplicate, test, other (with a note).")
        var reason: String
        func run() throws { try target.act("close", ["reason": reason]) }
    }

    struct Reopen: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Opens it again.")
        @OptionGroup var target: Target
        func run() throws { try target.act("reopen") }
    }

    struct Comment: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds --note to its history.")
        @OptionGroup var target: Target
        func run() throws { try target.act("comment") }
    }

    struct Assign: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Gives it to somebody.")
        @OptionGroup var target: Target
        @Option(help: "Whom; nobody without it.") var to: String?
        func run() throws { try target.act("assign", to.map { ["to": $0] } ?? [:]) }
    }

    struct Tag: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Adds a tag.")
        @OptionGroup var target: Target
        @Option(help: "The tag.") var tag: String
        func run() throws { try target.act("tag", ["tag": tag]) }
    }

    struct Untag: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Removes a tag.")
        @OptionGroup var target: Target
        @Option(help: "The tag.") var tag: String
        func run() throws { try target.act("untag", ["tag": tag]) }
    }

    struct Escalate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Marks it for who decides.")
        @OptionGroup var target: Target
        func run() throws { try target.act("escalate") }
    }

    struct Deescalate: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes that mark away.")
        @OptionGroup var target: Target
        func run() throws { try target.act("deescalate") }
    }

    struct OverrideSeverity: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "severity",
            abstract: "Sets another severity; that of the model without --to.")
        @OptionGroup var target: Target
        @Option(help: "informational, low, medium, high, critical.") var to: String?
        func run() throws {
            try target.act("override-severity", to.map { ["severity": $0] } ?? [:])
        }
    }

    /// A fingerprint as part of a path.
    private static func path(_ fingerprint: String) throws -> String {
        guard fingerprint.utf8.count == 16, UInt64(fingerprint, radix: 16) != nil else {
            throw ValidationError(
                "\(fingerprint): a fingerprint has sixteen hexadecimal digits, as in `ntds alerts`")
        }
        return fingerprint.lowercased()
    }
}

/// `ntds silence`.
struct SilenceCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Hides alerts from receivers for a time; they are kept and shown all the same.",
        discussion: """
            Matchers pick alerts by labels (entity, entity_kind, alertname, application, scope, severity, tier) with
            =, !=, =~ (regular expression) and !~, as in Alertmanager. All must match.

            Examples:
              ntds silence add --match 'entity="10.0.0.5"' --for 2h --comment 'our scanner'
              ntds silence add --match 'alertname=reconnaissance' --match 'scope=~"lab.*"' --for 1d --comment exercise
              ntds silence list
              ntds silence end 0d0c9cc2-…
            """,
        subcommands: [List.self, Add.self, End.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All silences.")
        @OptionGroup var service: ServiceOptions

        func run() throws {
            let silences = try service.client().ask("GET", "silences") as? [Any] ?? []
            for silence in silences { service.show(silence, AlertListing.silence) }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes one.")
        @OptionGroup var service: ServiceOptions
        @Option(help: "A matcher; may be repeated.") var match: [String]
        @Option(name: .customLong("for"), help: "How long: 2h, 7d.") var period: String
        @Option(help: "Why.") var comment: String

        func run() throws {
            guard let seconds = TimeText.seconds(period), seconds > 0 else {
                throw ValidationError("--for \(period): a time such as 2h or 7d")
            }
            let body: [String: Any] = [
                "matchers": match, "endsAt": Moment.fromNow(seconds), "comment": comment,
            ]
            service.show(
                try service.client().ask("POST", "silences", body: body), AlertListing.silence)
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Ends it now.")
        @OptionGroup var service: ServiceOptions
        @Argument(help: "Its identifier.") var id: String

        func run() throws {
            guard id.allSatisfy({ $0.isASCII && ($0.isHexDigit || $0 == "-") }) else {
                throw ValidationError("\(id): an identifier as in `ntds silence`")
            }
            service.show(
                try service.client().ask("DELETE", "silences/\(id)"), AlertListing.silence)
        }
    }
}

/// Times of commands.
private enum Moment {
    /// So many seconds from now, RFC 3339.
    static func fromNow(_ seconds: Double) -> String {
        "\(Timestamp(nanoseconds: SystemClock.now().nanoseconds + Int64(min(seconds, 3e9) * 1e9)))"
    }
}
