import Foundation
import TestSupport
import Testing

/// The public tables beside the package.
struct SharedTableTests {
    private static let all = ["flows", "unicauca"].flatMap {
        Places.files(in: "\(Places.shared)/\($0)")
    }
    .filter { path in [".csv", ".csv.gz", ".txt.gz", ".tsv"].contains { path.hasSuffix($0) } }
    /// Tables of other tools, lists of names, and a header alone.
    private static let foreign = ["nsl_kdd/", "nfstream/", ".tsv", "header87"]
    private static func isForeign(_ path: String) -> Bool { foreign.contains { path.contains($0) } }

    @Test(.enabled(if: Places.hasShared), arguments: all.filter { !isForeign($0) })
    func `every flow table runs`(_ path: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.analyze([path], into: folder.file("out"))
        #expect(outcome.status == 0 || outcome.status == 3, "\(path): \(outcome.error)")
        #expect(outcome.number("rows", "members") ?? 0 > 0, "\(path)")
        // the original's rules may leave nothing: missing cells, or both ends public by its text test
        let classic = try Program.analyze([path], into: folder.file("classic"), "--classic")
        #expect(
            classic.status == 0 || classic.status == 3 || classic.error.contains("no usable rows"),
            "\(path)")
    }

    @Test(.enabled(if: Places.hasShared), arguments: all.filter(isForeign))
    func `every other table is refused, saying what it lacks`(_ path: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program.analyze([path], into: folder.file("out"))
        #expect(
            outcome.status == 1 && outcome.error.hasPrefix("ntds: "), "\(path): \(outcome.error)")
        let reason =
            path.contains("header87")
            ? "no usable rows: the tables hold no rows" : "lacks Flow.Bytes.s, Flow.Duration"
        #expect(outcome.error.contains(reason), "\(outcome.error)")
    }

    @Test(.enabled(if: Places.hasShared)) func `the file of October 2017 is mended and says so`()
        throws
    {
        let folder = try TemporaryFolder()
        let path = Places.shared + "/flows/cicflowmeter/2017-10-16_online.csv.gz"
        let outcome = try Program.analyze([path], into: folder.file("out"))
        let inputs = outcome.json["inputs"] as? [[String: Any]]
        #expect(
            (inputs?.first?["notes"] as? [String])?.contains {
                $0.contains("85 fields under 84 names")
            } == true)
        #expect(try folder.text("out/report.html").contains("85 fields under 84 names"))
    }
}
