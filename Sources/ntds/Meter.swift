import ArgumentParser
import Assembly
import Capture
import FlowFormats
import FlowMetering
import Flows
import Foundation
import NetworkTypes

/// `ntds meter`.
struct Meter: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Packets of capture files or interfaces to a table of flows.",
        discussion: """
            Reads pcap and pcapng (plain, gzip, zstd, lz4; - is standard input), several
            files in the order of time, or one or more interfaces until Ctrl-C.

            Examples:
              ntds meter trace.pcapng --out flows.parquet
              ntds meter monday.pcap tuesday.pcap.zst --mode unicauca --columns unicauca \\
                  --time-zone UTC-5 --out flows.csv
              ntds meter eth0 --filter 'not port 22' --out flows.jsonl --rotate 1h
              ntds meter eth0 eth1 --write-pcap trace.pcapng --user nobody --out flows.csv

            Exit status: 0 done, 1 failed, 2 usage, 3 done but part of the input was
            damaged or lost (what came before it was metered).
            """)

    @Argument(help: "Capture files, - for standard input, or interfaces.", completion: .file())
    var sources: [String]

    @Option(help: "Rules: corrected, or those of an old meter: unicauca, cic-2018, cic-head.")
    var mode = MeterMode.corrected
    @Option(help: "File, .csv, .parquet or .jsonl; - is standard output.", completion: .file())
    var out = "-"
    @Option(help: "Format, if the file's name does not tell: csv, parquet, jsonl.")
    var format: FlowRecordWriter.Format?
    @Option(help: "Columns: all, unicauca (87), cic-2017 (85), cic-2018, cic-head (84).")
    var columns = FlowColumnSet.all
    @Option(help: "Names of applications: ndpi or none.")
    var labels = LabelSource.ndpi
    @Option(help: "Clock of the old layouts: UTC, UTC-5, +02:00 or a name like America/Bogota.")
    var timeZone = "UTC"
    @Option(help: "New file after a time or size: 1h, 30m, 500MB, or both: 1h,500MB.")
    var rotate: String?
    @Option(help: "ARP and DNS messages as JSON lines.", completion: .file())
    var events: String?

    @OptionGroup(title: "Flows") var flows: FlowOptions
    @OptionGroup(title: "Capture") var capture: CaptureOptions

    @Flag(help: "Print the summary as JSON.")
    var json = false
    @Flag(help: "No progress and no summary.")
    var quiet = false

    func run() throws {
        let request = try request()
        let outcome = try PacketMetering(request).perform(isQuiet: quiet || json)
        let summary = MeterSummary(outcome, output: output)
        if json {
            print(try summary.json())
        } else if !quiet {
            // Standard output may be the table.
            Console.write(summary.text + "\n", to: 2)
        }
        for complaint in outcome.complaints { Console.complain(complaint) }
        if outcome.isInterrupted {
            Console.complain("interrupted: the flows up to then are in \(output)")
            throw ExitCode(1)
        }
        if !outcome.complaints.isEmpty { throw ExitCode(3) }
    }

    /// The place of the flows in words.
    private var output: String {
        if out == "-" { return "standard output" }
        guard rotate != nil, let dot = out.lastIndex(of: ".") else { return out }
        return out[..<dot] + "-*" + out[dot...]
    }

    private func request() throws -> MeterRequest {
        var request = MeterRequest(sources: sources)
        request.settings = try flows.settings(mode)
        request.hasLabels = labels == .ndpi
        request.columns = columns
        request.clock = try clock()
        request.eventsPath = events
        request.threads = flows.threads
        try capture.apply(to: &request)
        request.format = try tableFormat()
        request.destination = try destination()
        return request
    }

    private func tableFormat() throws -> FlowRecordWriter.Format {
        if let format { return format }
        for known in FlowRecordWriter.Format.allCases where out.hasSuffix("." + known.rawValue) {
            return known
        }
        guard out == "-" || out.hasPrefix("/dev/") else {
            throw ValidationError(
                "--out \(out): end the name in .csv, .parquet or .jsonl, or give --format")
        }
        return .csv
    }

    private func destination() throws -> FlowDestination {
        if json && out == "-" {
            throw ValidationError(
                "--json: the summary goes to standard output, name a file with --out"
            )
        }
        if out == "-" { return .stream(descriptor: 1, name: "standard output") }
        guard let rotate else { return .file(out) }
        let limits = try RotationText(rotate, option: "--rotate")
        guard let rotation = FileRotation(seconds: limits.seconds, octets: limits.octets) else {
            throw ValidationError("--rotate \(rotate): up to a year, more than 0 octets")
        }
        return .rotated(out, rotation)
    }

    private func clock() throws -> ClockOffset {
        if let fixed = ClockOffset(timeZone) { return fixed }
        guard let zone = TimeZone(identifier: timeZone) else {
            throw ValidationError(
                "--time-zone \(timeZone): write UTC, UTC-5, +02:00 or a name like America/Bogota")
        }
        return ClockOffset { time in
            zone.secondsFromGMT(
                for: Date(timeIntervalSince1970: Double(time.nanoseconds) / 1e9))
        }
    }
}

/// Who names applications.
enum LabelSource: String, ExpressibleByArgument, CaseIterable {
    case ndpi, none
}

extension MeterMode: ExpressibleByArgument {}
extension FlowColumnSet: ExpressibleByArgument {}
extension FlowRecordWriter.Format: ExpressibleByArgument {}
