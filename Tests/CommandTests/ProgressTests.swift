import Foundation
import TestSupport
import Testing

private let gigabyte = 1 << 30

struct ProgressTests {
    @Test func `a terminal shows rows, rate and time left, a pipe nothing`() throws {
        let folder = try TemporaryFolder()
        let terminal = Places.fixture("terminal.py", beside: #filePath)
        let table = folder.file("campus.csv")
        let simulated = try Python.run(
            terminal, [Program.path, "simulate", "flows", "--rows", "400000", "--out", table])
        #expect(
            simulated.contains(/simulating +█+░*  \d+ %  [\d,]+ rows  [\d.]+ [kM]\/s  \d+ s left/),
            "\(simulated.suffix(300))")
        let analysed = try Python.run(
            terminal,
            [
                Program.path, "analyze", table, "--figures", "none", "--threads", "1", "--out",
                folder.file("out"),
            ])
        for stage in ["reading", "scoring"] {
            #expect(analysed.contains(try Regex("\(stage) +█*░*  \\d+ %  [\\d,]+ (rows|flows)")))
        }
        #expect(analysed.hasSuffix("\n"), "the line is removed at the end")
        let quiet = try Program.run(
            "analyze", table, "--figures", "none", "--out", folder.file("out"))
        #expect(quiet.status == 0 && quiet.error.isEmpty)
        #expect(quiet.peakOctets < gigabyte, "\(quiet.peakOctets >> 20) MiB")
    }
}
