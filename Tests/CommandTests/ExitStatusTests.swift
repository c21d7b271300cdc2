import TestSupport
import Testing

struct ExitStatusTests {
    @Test func `help and version are no failures`() throws {
        for arguments in [
            ["--help"], ["--version"], ["analyze", "--help"], ["simulate", "flows", "--help"],
            ["geo", "--help"],
        ] {
            let outcome = try Program.run(arguments)
            #expect(
                outcome.status == 0 && !outcome.output.isEmpty && outcome.error.isEmpty,
                "\(arguments)")
        }
        #expect(try Program.run("--version").output.hasPrefix("ntds "))
    }

    @Test(arguments: [
        ["analyse"], ["analyze"], ["analyze", "x.csv", "--no-such-option"],
        ["analyze", "x.csv", "--pseudo-sigmas", "0"],
        ["analyze", "x.csv", "--pseudo-sigmas", "five"], ["analyze", "x.csv", "--min-count", "0"],
        ["analyze", "x.csv", "--bins", "0"],
        ["analyze", "x.csv", "--top", "-1"], ["analyze", "x.csv", "--strategy", "median"],
        ["analyze", "x.csv", "--scores", "xml"],
        ["analyze", "x.csv", "--inside", "10.0.0.0/99"], ["analyze", "x.csv", "--site", "Popayan"],
        ["analyze", "x.csv", "--site", "91,0"],
        ["analyze", "x.csv", "--baseline", "b", "--learn", "l.csv"],
        ["analyze", "x.csv", "--score-features", ","], ["simulate", "flows", "--out", "x.txt"],
        ["simulate", "flows", "--rows", "-1"],
        ["simulate", "flows", "--attacks", "2"], ["geo"],
    ]) func `a usage error says what is wrong and has its own status`(_ arguments: [String]) throws
    {
        let outcome = try Program.run(arguments)
        #expect(outcome.status == 2, "\(outcome.error)")
        #expect(outcome.output.isEmpty && outcome.error.contains("Usage: ntds"), "\(outcome.error)")
    }

    @Test func `an address that is none has the status of rejected input`() throws {
        let outcome = try Program.run("geo", "8.8.8.8", "8.8.8.800")
        #expect(outcome.status == 3 && outcome.output.contains("not an address"))
    }
}
