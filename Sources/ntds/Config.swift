import ArgumentParser
import Assembly
import Foundation

/// `ntds config`.
struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Settings of `ntds run`.", subcommands: [Check.self])

    /// `ntds config check`.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells all that is wrong in a settings file, or all settings in force.",
            discussion: """
                Examples:
                  ntds config check /etc/ntds/ntds.yaml
                  ntds config check            (the defaults, as a file to begin with)

                Exit status: 0 right, 2 wrong.
                """)

        @Argument(help: "Settings file (YAML).", completion: .file())
        var file: String?

        func run() throws {
            do {
                let (settings, unknown) = try ServiceSettings.read(
                    path: file, environment: ProcessInfo.processInfo.environment)
                for variable in unknown {
                    Console.complain("\(variable): no such setting: ignored")
                }
                print(settings.yaml, terminator: "")
            } catch {
                for problem in error.problems { Console.complain("\(problem)") }
                throw ExitCode(2)
            }
        }
    }
}
