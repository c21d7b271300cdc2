private import Foundation

/// Things a command needs from its surroundings.
package enum HeaderFile {
    /// The file cannot serve as a header. The description says what to do.
    package struct Unusable: Error, CustomStringConvertible {
        package let description: String
    }

    /// The column names in a file: one line with commas between them, one name a line, or a table whose
    /// second column holds the names.
    package static func names(_ path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20 else {
            throw Unusable(
                description: "\(path): cannot be read as a header: give a text file of column names"
            )
        }
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map { cell in
                cell.trimmingCharacters(in: .whitespaces)
            }
        }
        if lines.count == 1 { return lines[0] }
        let numbered =
            lines.allSatisfy { $0.count >= 2 } && lines.dropFirst().allSatisfy { Int($0[0]) != nil }
        let names = numbered ? lines.map { $0[1] } : lines.map { $0[0] }
        guard !names.isEmpty else { throw Unusable(description: "\(path): holds no column names") }
        return names
    }

    /// Processors of this machine, at most eight.
    package static var processorCount: Int {
        min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 8)
    }
}
