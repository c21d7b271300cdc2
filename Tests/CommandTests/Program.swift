import Foundation
import TestSupport

/// The program under test, `ntds`, run as users run it: a process with arguments, streams and a status.
enum Program {
    /// The executable beside the test bundle.
    static let path: String = {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appending(path: "ntds").path
    }()

    /// How a run ended.
    struct Outcome {
        /// The exit status; `nil` if a signal ended the process.
        let status: Int32?
        let signal: Int32
        let output: String
        let error: String
        /// Most resident memory; 0 if it was no more than that of the tests' own process.
        let peakOctets: Int

        /// The object that `--json` printed.
        var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(output.utf8))) as? [String: Any] ?? [:]
        }

        /// The number at a path of keys of that object.
        func number(_ keys: String...) -> Double? {
            let last: Any? = keys.reduce(json as Any?) { object, key in
                (object as? [String: Any])?[key]
            }
            return (last as? NSNumber)?.doubleValue
        }

        /// Whether the program ended by itself with one of its four statuses.
        var isOrderly: Bool { status.map { (0...3).contains($0) } ?? false }
    }

    /// A process that was started and not yet waited for.
    final class Run {
        let process: pid_t
        private let streams: TemporaryFolder

        init(_ arguments: [String], executable: String = Program.path) throws {
            streams = try TemporaryFolder()
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(
                &actions, 1, streams.file("output"), O_WRONLY | O_CREAT, 0o600)
            posix_spawn_file_actions_addopen(
                &actions, 2, streams.file("error"), O_WRONLY | O_CREAT, 0o600)
            var words: [UnsafeMutablePointer<CChar>?] =
                ([executable] + arguments).map { strdup($0) } + [nil]
            defer { words.forEach { free($0) } }
            var process: pid_t = 0
            let code = posix_spawn(&process, executable, &actions, nil, &words, environ)
            guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
            self.process = process
        }

        func interrupt() { kill(process, SIGINT) }

        /// What it has written to standard output by now.
        var outputSoFar: String { (try? streams.text("output")) ?? "" }

        /// What it has written to standard error by now.
        var errorSoFar: String { (try? streams.text("error")) ?? "" }

        /// Waits until something is so, for half a minute at most.
        func waits(until isReached: () -> Bool) -> Bool {
            let deadline = Date.now.addingTimeInterval(30)
            while !isReached(), Date.now < deadline { usleep(2000) }
            return isReached()
        }

        /// Most memory of this process so far, in KiB. Linux counts it as the child's too, for the child is born
        /// in it: what is not more than this says nothing of the child.
        private static func ownPeak() -> Int {
            var usage = rusage()
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss
        }

        /// Waits for the end; a process that takes longer than two minutes is killed, which fails its test.
        func wait() throws -> Outcome {
            var status: Int32 = 0
            var usage = rusage()
            let process = process
            let watchdog = DispatchWorkItem { kill(process, SIGKILL) }
            DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watchdog)
            while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
            watchdog.cancel()
            let signal = status & 0x7F
            return Outcome(
                status: signal == 0 ? status >> 8 & 0xFF : nil, signal: signal,
                output: try streams.text("output"), error: try streams.text("error"),
                peakOctets: usage.ru_maxrss > Self.ownPeak() ? usage.ru_maxrss * 1024 : 0)
        }
    }

    /// Runs the program to its end.
    static func run(_ arguments: String...) throws -> Outcome { try run(arguments) }

    static func run(_ arguments: [String]) throws -> Outcome { try Run(arguments).wait() }

    /// Runs the program where no file may grow beyond `octets`, as on a full disk.
    static func run(_ arguments: [String], fileLimit octets: Int) throws -> Outcome {
        // what the program says goes through `cat`, which has no such limit
        let limited = "(trap '' XFSZ; ulimit -f \(octets / 1024); exec \"$0\" \"$@\")"
        let script = "set -o pipefail; \(limited) 2>&1 >/dev/null | cat >&2"
        return try Run(["-c", script, path] + arguments, executable: "/bin/bash").wait()
    }

    /// Runs `ntds analyze` without figures into a folder.
    static func analyze(
        _ inputs: [String], into folder: String, _ options: String...
    ) throws -> Outcome {
        try run(["analyze"] + inputs + ["--out", folder, "--figures", "none", "--json"] + options)
    }
}

/// A comma-separated file of ours as rows of named cells.
struct Records {
    let header: [String]
    let rows: [[String: String]]

    init(_ text: String) {
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let header = lines.first ?? []
        self.header = header
        rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0)) }
    }
}
