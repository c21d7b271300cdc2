private import Foundation

/// Where things stand that tests need beside their own fixtures.
package enum Places {
    /// The folder of the package.
    package static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Public tables and databases beside the package; tests that want them skip without.
    package static let shared =
        URL(filePath: root).deletingLastPathComponent().path + "/shared/data"

    /// Whether `shared` is there.
    package static var hasShared: Bool { FileManager.default.fileExists(atPath: shared) }

    /// The folder `Fixtures` beside a test file.
    package static func fixture(_ name: String, beside file: String = #filePath) -> String {
        URL(filePath: file).deletingLastPathComponent().path + "/Fixtures/\(name)"
    }

    /// The files in a folder, sorted; none if there is no such folder.
    package static func files(in folder: String) -> [String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        return names.sorted().map { "\(folder)/\($0)" }.filter { path in
            (try? URL(filePath: path).resourceValues(forKeys: [.isRegularFileKey]).isRegularFile)
                == true
        }
    }
}
