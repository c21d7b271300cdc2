import FlowStore
import Flows
package import NetworkTypes

/// `ntds flows`: kept flows that fit, as lines for people or machines.
package struct StoredFlowListing: Sendable {
    package enum Format: String, Sendable, CaseIterable { case table, csv, jsonl }

    package var state = "./ntds-data"
    package var from: Timestamp?
    package var to: Timestamp?
    package var host: IPPrefix?
    package var application: String?
    package var port: UInt16?
    package var limit = 1000
    package var format = Format.table

    package init() {}

    package struct Outcome: Sendable {
        package var found = 0
        /// Damaged files and the like.
        package var complaints: [String] = []
    }

    /// Hands lines to `write`, which says whether it wants more.
    package func run(_ write: (String) -> Bool) throws -> Outcome {
        var search = FlowSearch(limit: limit)
        search.from = from
        search.to = to
        search.host = host
        search.application = application
        search.port = port
        if let header = header, !write(header) { return Outcome() }
        let outcome = try search.run(in: state + "/flows") { write(line($0)) }
        var result = Outcome(found: outcome.found, complaints: outcome.damaged.map { "\($0)" })
        let more = outcome.damagedCount - outcome.damaged.count
        if more > 0 { result.complaints.append("\(more) more damaged files") }
        if outcome.unreadable > 0 {
            result.complaints.append("\(outcome.unreadable) rows could not be read")
        }
        return result
    }

    private static let columns = [
        "start", "end", "initiator", "initiatorPort", "responder", "responderPort", "protocol",
        "application", "serverName", "direction", "scope", "outcome", "packetsOut", "packetsIn",
        "octetsOut", "octetsIn", "score", "tier",
    ]

    private var header: String? {
        switch format {
        case .table:
            "start                duration  initiator -> responder, application, octets out/in, tier\n"
        case .csv: Self.columns.joined(separator: ",") + "\n"
        case .jsonl: nil
        }
    }

    private func line(_ stored: StoredFlow) -> String {
        switch format {
        case .table: Self.text(stored)
        case .csv: Self.cells(stored).map(Self.quotedCell).joined(separator: ",") + "\n"
        case .jsonl: Self.json(stored)
        }
    }

    private static func text(_ stored: StoredFlow) -> String {
        let flow = stored.flow
        let seconds = flow.durationSeconds
        let duration = seconds < 100 ? "\((seconds * 100).rounded() / 100) s" : "\(Int(seconds)) s"
        let tier = stored.tier.map { $0 > 0 ? "  tier \($0)" : "" } ?? ""
        return
            "\(flow.start.description.prefix(19))Z  \(padded(duration, 8))  \(end(flow.key.initiator)) -> "
            + "\(end(flow.key.responder))  \(flow.application)  "
            + "\(flow.forward.octets)/\(flow.backward.octets)  \(flow.outcome.name)\(tier)\n"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func end(_ end: FlowEnd) -> String {
        end.address.isIPv4 ? "\(end.address):\(end.port)" : "[\(end.address)]:\(end.port)"
    }

    private static func cells(_ stored: StoredFlow) -> [String] {
        let flow = stored.flow
        return [
            flow.start.description, flow.end.description, "\(flow.key.initiator.address)",
            "\(flow.key.initiator.port)", "\(flow.key.responder.address)",
            "\(flow.key.responder.port)", "\(flow.key.protocolNumber)", flow.application,
            flow.serverName ?? "", flow.direction.name, flow.scope, flow.outcome.name,
            "\(flow.forward.packets)", "\(flow.backward.packets)", "\(flow.forward.octets)",
            "\(flow.backward.octets)", stored.score.map { "\($0)" } ?? "",
            stored.tier.map { "\($0)" } ?? "",
        ]
    }

    /// Names come from the network: a spreadsheet must not take them for formulas (RFC 4180; OWASP).
    private static func quotedCell(_ text: String) -> String {
        let isFormula = text.first.map { "=+@".contains($0) } ?? false
        let needsQuotes = isFormula || text.contains { ",\"\r\n".contains($0) }
        guard needsQuotes else { return text }
        return "\"" + (isFormula ? "'" : "") + text.replacing("\"", with: "\"\"") + "\""
    }

    private static func json(_ stored: StoredFlow) -> String {
        let numbers: Set = [
            "initiatorPort", "responderPort", "protocol", "packetsOut", "packetsIn", "octetsOut",
            "octetsIn", "score", "tier",
        ]
        let fields = zip(columns, cells(stored)).compactMap { name, cell -> String? in
            guard !cell.isEmpty else { return nil }
            return "\"\(name)\":\(numbers.contains(name) ? cell : JSONText.quoted(cell))"
        }
        return "{\(fields.joined(separator: ","))}\n"
    }
}
