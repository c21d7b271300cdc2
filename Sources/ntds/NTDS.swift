import ArgumentParser
private import Assembly
private import Glibc

/// The command line.
@main
struct NTDS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ntds",
        abstract: "Learns what is normal for each application on a network, and tells what is not and why.",
        discussion: """
            Examples:
              ntds analyze flows.csv.gz --out report
              ntds simulate flows --rows 200000 --out campus.parquet
              ntds geo 8.8.8.8 2001:4860:4860::8888
            """,
        version: ProductVersion.text,
        subcommands: [Analyze.self, Simulate.self, Geo.self])

    static func main() {
        ProcessMemory.keepFreedPages()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            finish(with: error)
        }
    }

    /// Ends the process: 0 done (also after `--help`), 1 failed, 2 usage, 3 finished with rejected input.
    private static func finish(with error: any Error) -> Never {
        switch error {
        case let code as ExitCode:
            Glibc.exit(code.rawValue)
        case is Interruption.Interrupted:
            Console.complain("interrupted: nothing was left under a final name that is not whole")
            Glibc.exit(1)
        case is CleanExit, is ValidationError:
            leave(error)
        default:
            // what ArgumentParser threw while parsing is its own to explain
            if exitCode(for: error) == .validationFailure { leave(error) }
            let text = fullMessage(for: error)
            if text.contains("Usage:") { leave(error) }
            Console.complain("\(error)")
            Glibc.exit(1)
        }
    }

    private static func leave(_ error: any Error) -> Never {
        let text = fullMessage(for: error)
        if exitCode(for: error).isSuccess {
            print(text)
            Glibc.exit(0)
        }
        Console.write(text + "\n", to: STDERR_FILENO)
        Glibc.exit(2)
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
