import ArgumentParser
import Assembly
import NetworkTypes

/// `ntds flows`.
struct SearchFlows: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flows",
        abstract: "Searches the flows that `ntds run` has kept.",
        discussion: """
            Flows lie as Parquet by date and hour in the state folder, for any other tool too.
            Times are UTC: 2026-11-23T07:00:00Z, 2026-11-23T07:00:00 or 2026-11-23.

            Examples:
              ntds flows --host 10.0.0.7 --from 2026-11-23
              ntds flows --application SSH --port 22 --format csv --limit 100000 > ssh.csv
              ntds flows --host 192.0.2.0/24 --format jsonl

            Exit status: 0 done, 1 failed, 2 usage, 3 done but some files were damaged.
            """)

    @Option(help: "Folder of what is kept.", completion: .directory)
    var state = "./ntds-data"
    @Option(help: "Flows that ended at this time or later.")
    var from: String?
    @Option(help: "Flows that ended before this time.")
    var to: String?
    @Option(help: "An address or network that one end lies in.")
    var host: String?
    @Option(help: "Application, by the names of the data set.")
    var application: String?
    @Option(help: "Port of one end.")
    var port: UInt16?
    @Option(help: "Flows shown at most.")
    var limit = 1000
    @Option(help: "table, csv or jsonl.")
    var format = StoredFlowListing.Format.table

    func run() throws {
        var listing = StoredFlowListing()
        listing.state = state
        listing.from = try from.map { try time($0, "--from") }
        listing.to = try to.map { try time($0, "--to") }
        listing.host = try host.map(prefix)
        listing.application = application?.uppercased()
        listing.port = port
        guard limit > 0 else { throw ValidationError("--limit \(limit): 1 or more") }
        listing.limit = limit
        listing.format = format
        let outcome = try listing.run { line in
            Console.write(line, to: 1)
            return true
        }
        if format == .table {
            let more = outcome.found == limit ? "; there may be more: --limit" : ""
            Console.write("\(outcome.found) flows\(more)\n", to: 2)
        }
        for complaint in outcome.complaints { Console.complain(complaint) }
        if !outcome.complaints.isEmpty { throw ExitCode(3) }
    }

    private func time(_ text: String, _ option: String) throws -> Timestamp {
        let whole = text.count == 10 ? text + "T00:00:00" : text.count == 16 ? text + ":00" : text
        guard let time = CivilTime(whole)?.instant else {
            throw ValidationError("\(option) \(text): a time such as 2026-11-23T07:00:00Z")
        }
        return time
    }

    private func prefix(_ text: String) throws -> IPPrefix {
        if let address = IPAddress(text),
            let prefix = IPPrefix(address, length: address.isIPv4 ? 32 : 128)
        {
            return prefix
        }
        guard let prefix = try? IPPrefix(text) else {
            throw ValidationError("--host \(text): an address or network such as 192.0.2.0/24")
        }
        return prefix
    }
}

extension StoredFlowListing.Format: ExpressibleByArgument {}
