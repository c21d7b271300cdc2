import ArgumentParser
private import Assembly
private import Glibc

/// The command line.
@main
struct NTDS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ntds",
        abstract: "Learns what is normal for each application, tells what is not and why.",
        discussion: """
            Examples:
              ntds run eth0
              ntds analyze flows.csv.gz --out report
              ntds meter trace.pcapng --out flows.parquet
              ntds simulate flows --rows 200000 --out campus.parquet
              ntds flows --host 10.0.0.7 --application SSH
              ntds alerts
              ntds geo 8.8.8.8 2001:4860:4860::8888
            """,
        version: ProductVersion.text,
        subcommands: [
            Analyze.self, Meter.self, Run.self, SearchFlows.self, ListBaselines.self, Simulate.self,
            AlertCommands.self, SilenceCommands.self, Geo.self, Config.self, Diagnose.self,
        ])

    static func main() {
        ProcessMemory.keepFreedPages()
        // A reader that has gone is told by the failed write, not by the death of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            finish(with: error)
        }
    }

    /// Ends the process: 0 done (also after `--help`), 1 failed, 2 usage, 3 finished with rejected input.
    private static func finish(with error: any Error) -> Never {
        if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
        if error is Interruption.Interrupted {
            Console.complain("interrupted: nothing was left under a final name that is not whole")
            Glibc.exit(1)
        }
        let text = fullMessage(for: error)
        if exitCode(for: error).isSuccess {
            print(text)
            Glibc.exit(0)
        }
        // what the parser found wrong is told with the usage; our own errors tell themselves
        if exitCode(for: error) == .validationFailure {
            let words = text.hasPrefix("Error: ") ? String(text.dropFirst("Error: ".count)) : text
            Console.complain(words)
            Glibc.exit(2)
        }
        Console.complain("\(error)")
        Glibc.exit(1)
    }
}

/// Words for the person at the terminal.
enum Console {
    /// `ntds: what: where: what to do`.
    static func complain(_ text: String) { write("ntds: \(text)\n", to: STDERR_FILENO) }

    static func write(_ text: String, to descriptor: Int32) {
        let octets = Array(text.utf8)
        _ = unsafe Glibc.write(descriptor, octets, octets.count)
    }
}
