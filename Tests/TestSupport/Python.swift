private import Foundation

/// The Python of the tests (`Tools/setup.sh --test`), with numpy and pyarrow: an oracle that is not us.
package enum Python {
    /// Why a script did not end well.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs a script and returns what it printed.
    package static func run(_ script: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: Places.root + "/.deps/python/bin/python3")
        process.arguments = ["-B", script] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(script): status \(process.terminationStatus): \(text)")
        }
        return text
    }
}
