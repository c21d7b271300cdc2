import ArgumentParser
import Assembly
import Foundation

/// `ntds run`.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watches: learns from its sources as they come, tells threats, never stops.",
        discussion: """
            Sources are interfaces, captures, Zeek, Suricata and Argus logs, flow tables, and
            folders of them, named in a settings file or here. Without a settings file
            everything has a sensible default; `ntds config check` shows all of them.

            Ctrl-C or SIGTERM stops with what has come; SIGHUP reads the settings again.
            However it ended, the next run on the same state folder goes on where it stood;
            files that were read to their end tell nothing new there.
            Any setting can be given in the environment: NTDS_BASELINES_LEARNING=12h.

            Examples:
              ntds run eth0
              ntds run --config /etc/ntds/ntds.yaml
              ntds run week.parquet --speed 20000
              ntds run /opt/zeek/logs/current --state /var/lib/ntds

            Exit status: 0 the sources have ended or it was asked to stop, 1 failed, 2 usage
            or wrong settings, 3 done but part of the input was damaged or lost.
            """)

    @Argument(help: "Interfaces, files or folders; instead of those of the settings file.")
    var sources: [String] = []
    @Option(help: "Settings file (YAML).", completion: .file())
    var config: String?
    @Option(help: "Folder of all that is kept; default ./ntds-data.", completion: .directory)
    var state: String?
    @Option(help: "How many times as fast as it was files are replayed; default as fast as can be.")
    var speed: Double?
    @Option(help: "Filter of interfaces, as in pcap-filter(7).")
    var filter: String?
    @Flag(help: "No threats on standard output; they are in the state folder all the same.")
    var quiet = false

    func validate() throws {
        if let speed, !(speed > 0 && speed <= 1e9) {
            throw ValidationError("--speed \(speed): more than 0, up to 1e9")
        }
    }

    func run() throws {
        let read = reader()
        let settings: ServiceSettings
        do {
            settings = try read()
        } catch {
            for problem in error.problems { Console.complain("\(problem)") }
            throw ExitCode(2)
        }
        let outcome = try NetworkService(settings, reread: read).run()
        for complaint in outcome.complaints { Console.complain(complaint) }
        if !quiet {
            let rate = outcome.seconds > 0 ? Double(outcome.flows) / outcome.seconds : 0
            Console.write(
                "\(outcome.flows) flows in \(String(format: "%.1f", outcome.seconds)) s "
                    + "(\(Int(rate)) a second), \(outcome.threats) threats\n", to: 2)
        }
        if !outcome.complaints.isEmpty { throw ExitCode(3) }
    }

    /// Reads the settings with what the command line says on top.
    private func reader() -> () throws(InvalidSettings) -> ServiceSettings {
        let command = self
        return { () throws(InvalidSettings) in
            let environment = ProcessInfo.processInfo.environment
            var (settings, unknown) = try ServiceSettings.read(
                path: command.config, environment: environment)
            for variable in unknown { Console.complain("\(variable): no such setting: ignored") }
            if let state = command.state { settings.state = state }
            if !command.sources.isEmpty {
                settings.sources = ServiceSettings.Source.named(
                    command.sources, filter: command.filter)
            }
            if let speed = command.speed {
                for index in settings.sources.indices { settings.sources[index].speed = speed }
            }
            if command.quiet { settings.output.isShown = false }
            return settings
        }
    }
}
