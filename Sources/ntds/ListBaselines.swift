import ArgumentParser
import Assembly
import Foundation

/// `ntds baselines`.
struct ListBaselines: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baselines",
        abstract: "What `ntds run` has learnt: listed, exported, joined.",
        discussion: """
            Examples:
              ntds baselines                                     applications, and how far each is
              ntds baselines list --application DNS --format jsonl
              ntds baselines export --out site-a.baseline        for another machine
              ntds baselines merge site-a.baseline site-b.baseline --out both.baseline

            `baselines.import: both.baseline` in the settings makes a new service begin with that.
            Sites whose baselines are to be joined share the file `secret` of the state folder.
            """,
        subcommands: [List.self, Export.self, Merge.self], defaultSubcommand: List.self)

    /// What all of them need to know.
    struct Options: ParsableArguments {
        @Option(help: "Folder of what is kept, or an exported file.", completion: .file())
        var state = "./ntds-data"
        @Option(help: "Settings file (YAML): when a population is ready.", completion: .file())
        var config: String?

        func learnt(_ path: String? = nil) throws -> LearntBaselines {
            try LearntBaselines(path: path ?? state, settings().baselines)
        }

        private func settings() throws -> ServiceSettings {
            do {
                return try ServiceSettings.read(
                    path: config, environment: ProcessInfo.processInfo.environment
                ).0
            } catch {
                for problem in error.problems { Console.complain("\(problem)") }
                throw ExitCode(2)
            }
        }
    }

    /// `ntds baselines list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The populations, largest first, with medians and state.")

        @OptionGroup var options: Options
        @Option(help: "Application, by the names of the data set.")
        var application: String?
        @Option(help: "Populations shown at most.")
        var limit = 1000
        @Option(help: "table or jsonl.")
        var format = BaselineListing.Format.table

        func run() throws {
            guard limit > 0 else { throw ValidationError("--limit \(limit): 1 or more") }
            var listing = BaselineListing()
            (listing.format, listing.limit) = (format, limit)
            listing.application = application?.uppercased()
            let count = listing.run(try options.learnt()) { Console.write($0, to: 1) }
            guard format == .table else { return }
            let more = count > limit ? "; \(count - limit) more: --limit" : ""
            Console.write("\(count) populations\(more)\n", to: 2)
        }
    }

    /// `ntds baselines export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes what was learnt to a file.")

        @OptionGroup var options: Options
        @Option(help: "Which of several kinds of sources: corrected, zeek, table …")
        var mode: String?
        @Option(help: "File to write.", completion: .file())
        var out: String

        func run() throws { try options.learnt().write(mode: mode, to: out) }
    }

    /// `ntds baselines merge`.
    struct Merge: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Joins what was learnt in several places.")

        @OptionGroup var options: Options
        @Argument(help: "Exported files or state folders.", completion: .file())
        var files: [String]
        @Option(help: "Which of several kinds of sources: corrected, zeek, table …")
        var mode: String?
        @Option(help: "File to write.", completion: .file())
        var out: String

        func run() throws {
            guard files.count > 1 else { throw ValidationError("merge: two files or more") }
            var joined = try options.learnt(files[0])
            for file in files.dropFirst() { try joined.merge(try options.learnt(file)) }
            try joined.write(mode: mode, to: out)
        }
    }
}

extension BaselineListing.Format: ExpressibleByArgument {}
