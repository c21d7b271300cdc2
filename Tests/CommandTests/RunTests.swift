import Foundation
import TestSupport
import Testing

/// `ntds run` and what belongs to it, as users run them.
struct RunTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A log of Zeek in which one host tries the ports of another, among ordinary connections.
    private func scanLog() -> String {
        var lines = [
            "#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-",
            "#path\tconn",
            "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
                + "orig_bytes\tresp_bytes\tconn_state\tmissed_bytes\thistory\torig_pkts\t"
                + "orig_ip_bytes\tresp_pkts\tresp_ip_bytes",
            "#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\t"
                + "string\tcount\tstring\tcount\tcount\tcount\tcount",
        ]
        for number in 0..<200 {
            let time = 1_700_000_000 + Double(number)
            lines.append(
                "\(time)\tC\(number)\t10.0.0.5\t\(40_000 + number)\t93.184.216.34\t443\ttcp\tssl\t"
                    + "0.5\t500\t4000\tSF\t0\tShADadFf\t8\t900\t9\t4400")
        }
        for port in 1...100 {
            let time = 1_700_000_300 + Double(port) / 10
            lines.append(
                "\(time)\tS\(port)\t10.0.0.66\t50000\t10.0.0.9\t\(port)\ttcp\t-\t0.001\t0\t0\tREJ\t"
                    + "0\tSr\t1\t60\t1\t40")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func threats() throws -> [[String: Any]] {
        try folder.text("state/threats.jsonl").split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    @Test func `a scan in a log is told once, with its proof`() throws {
        let log = try folder.write(scanLog(), to: "conn.log")
        let arguments = ["run", log, "--state", folder.file("state")]
        let first = try Program.run(arguments)
        #expect(first.status == 0, "\(first.error)")
        #expect(first.output.contains("Reconnaissance by 10.0.0.66"))
        #expect(first.output.contains("ports of 10.0.0.9") && first.output.contains("[T1046]"))
        #expect(first.error.contains("300 flows in "))
        let told = try threats()
        #expect(told.count { $0["change"] as? String == "raised" } == 1)
        #expect(told[0]["severity"] as? String == "medium")
        let evidence = try #require(told[0]["evidence"] as? [[String: Any]])
        #expect(evidence[0]["kind"] as? String == "verticalScan")
        #expect(evidence[0]["peer"] as? String == "10.0.0.9")
        // The same again: there is nothing new.
        let second = try Program.run(arguments)
        #expect(second.status == 0 && second.output.isEmpty && second.error.contains("nothing new"))
        // All over again, as far as is known: none is written or said twice.
        try FileManager.default.removeItem(atPath: folder.file("state/checkpoint.ntds"))
        let third = try Program.run(arguments)
        #expect(third.error.contains("300 flows in ") && third.output.isEmpty)
        #expect(try threats().count == told.count)
    }

    @Test func `kept flows can be searched`() throws {
        let log = try folder.write(scanLog(), to: "conn.log")
        _ = try Program.run(["run", log, "--state", folder.file("state"), "--quiet"])
        let state = ["--state", folder.file("state")]
        let table = try Program.run(["flows", "--host", "10.0.0.66", "--port", "22"] + state)
        #expect(table.status == 0 && table.output.contains("10.0.0.66:50000 -> 10.0.0.9:22"))
        #expect(table.error == "1 flows\n")
        let lines = try Program.run(
            ["flows", "--format", "jsonl", "--application", "SSL", "--limit", "7"] + state)
        #expect(lines.output.split(separator: "\n").count == 7)
        let early = try Program.run(
            ["flows", "--to", "2023-11-14T22:14:00Z", "--format", "csv"] + state)
        #expect(early.output.split(separator: "\n").count == 1 + 40, "\(early.output)")
        let wrong = try Program.run(["flows", "--from", "yesterday"] + state)
        #expect(wrong.status == 2 && wrong.error.contains("a time such as"))
    }

    @Test func `without a source it says what to name`() throws {
        let outcome = try Program.run(["run", "--state", folder.file("state")])
        #expect(outcome.status == 1 && outcome.error.contains("no source: name interfaces"))
    }

    @Test func `what it cannot read is told, and the rest is read`() throws {
        let log = try folder.write(scanLog(), to: "conn.log")
        let other = try folder.write("neither log nor table\n", to: "notes.txt")
        let outcome = try Program.run(
            ["run", other, log, "--state", folder.file("state"), "--quiet"])
        #expect(outcome.status == 3 && outcome.error.contains("notes.txt: no log or table"))
        #expect(try threats().count > 0)
    }

    @Test func `two services do not share a state`() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("spool"), withIntermediateDirectories: true)
        let arguments = ["run", folder.file("spool"), "--state", folder.file("state")]
        let settings = try folder.write("listen: off\n", to: "ntds.yaml")
        let run = try Program.Run(arguments + ["--config", settings])
        #expect(run.waits { run.errorSoFar.contains("running") })
        let second = try Program.run(arguments + ["--config", settings])
        #expect(second.status == 1 && second.error.contains("another ntds run uses it"))
        run.interrupt()
        #expect(try run.wait().status == 0)
    }

    @Test func `a folder is watched, health is told, settings are read again`() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("spool"), withIntermediateDirectories: true)
        let settings = try folder.write(
            "listen: 127.0.0.1:0\nsources: [{folder: '\(folder.file("spool"))'}]\n",
            to: "ntds.yaml")
        let run = try Program.Run(
            ["run", "--config", settings, "--state", folder.file("state")])
        #expect(run.waits { run.errorSoFar.contains("listening") }, "\(run.errorSoFar)")
        let match = try #require(run.errorSoFar.firstMatch(of: /address=127\.0\.0\.1:(\d+)/))
        let get = Places.fixture("http_get.py", beside: #filePath)
        func ask(_ path: String) throws -> String {
            try Python.run(get, ["http://127.0.0.1:\(match.1)/\(path)"])
        }
        #expect(run.waits { (try? ask("healthz")) == "200\nok\n" })
        #expect(try ask("readyz").hasPrefix("503\nlearning"))
        _ = try folder.write(scanLog(), to: "spool/conn.log")
        #expect(run.waits { run.outputSoFar.contains("Reconnaissance by 10.0.0.66") })
        #expect(
            run.waits {
                (try? ask("metrics"))?.contains("ntds_detection_flows_total 300\n") ?? false
            })
        // A wrong file changes nothing, a right one says what it changes.
        _ = try folder.write("lissen: off\n", to: "ntds.yaml")
        kill(run.process, SIGHUP)
        #expect(run.waits { run.errorSoFar.contains("did you mean 'listen'?") })
        _ = try folder.write(
            "listen: 127.0.0.1:0\nsources: [{folder: '\(folder.file("spool"))'}]\n"
                + "detection: {minimum_confidence: 0.9}\n", to: "ntds.yaml")
        kill(run.process, SIGHUP)
        #expect(
            run.waits {
                run.errorSoFar.contains("from=0.6 setting=detection.minimum_confidence to=0.9")
            }, "\(run.errorSoFar)")
        #expect(try ask("healthz") == "200\nok\n")
        kill(run.process, SIGTERM)
        let outcome = try run.wait()
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(!outcome.error.contains("error:\u{20}Server"), "\(outcome.error)")
    }

    @Test func `parts of the network are told by address or by VLAN`() throws {
        func lines(_ host: String, vlan: Int?) -> String {
            (0..<50).map { number in
                "{\"_path\":\"conn\",\"ts\":\(1_700_000_000 + number),\"uid\":\"\(host)-\(number)\","
                    + "\"id.orig_h\":\"\(host)\",\"id.orig_p\":\(20_000 + number),"
                    + "\"id.resp_h\":\"93.184.216.34\",\"id.resp_p\":443,\"proto\":\"tcp\","
                    + "\"conn_state\":\"SF\",\"orig_pkts\":8,\"resp_pkts\":9"
                    + (vlan.map { ",\"vlan\":\($0)" } ?? "") + "}\n"
            }.joined()
        }
        let log = try folder.write(
            lines("10.0.0.5", vlan: 40) + lines("10.1.0.5", vlan: 40) + lines("10.0.0.6", vlan: 7)
                + lines("10.0.0.7", vlan: nil), to: "conn.log")
        let settings = try folder.write(
            "listen: off\nnetworks: {scopes: [{name: labs, networks: [10.1.0.0/16]}, {name: voice, vlans: [40]}]}\n",
            to: "ntds.yaml")
        let run = try Program.run([
            "run", log, "--config", settings, "--state", folder.file("state"), "--quiet",
        ])
        #expect(run.status == 0, "\(run.error)")
        let flows = try Program.run([
            "flows", "--state", folder.file("state"), "--format", "csv", "--limit", "1000",
        ])
        let scopes = Dictionary(grouping: Records(flows.output).rows) { $0["initiator"] ?? "" }
            .mapValues { Set($0.map { $0["scope"] ?? "?" }) }
        #expect(
            scopes == [
                "10.0.0.5": ["voice"], "10.1.0.5": ["labs"], "10.0.0.6": [""], "10.0.0.7": [""],
            ])
    }

    @Test func `sources come and go while it runs, and nothing is lost or read twice`() throws {
        for name in ["one", "two"] {
            try FileManager.default.createDirectory(
                atPath: folder.file(name), withIntermediateDirectories: true)
        }
        func configure(_ names: String...) throws -> String {
            let sources = names.map { "{folder: '\(folder.file($0))'}" }.joined(separator: ", ")
            return try folder.write(
                "listen: off\ncheckpoint: 1h\nsources: [\(sources)]\n", to: "ntds.yaml")
        }
        let settings = try configure("one")
        _ = try folder.write(scanLog(), to: "one/conn.log")
        let run = try Program.Run(["run", "--config", settings, "--state", folder.file("state")])
        defer { kill(run.process, SIGKILL) }
        #expect(run.waits { run.outputSoFar.contains("Reconnaissance by 10.0.0.66") })
        // A source that is not there changes nothing.
        _ = try configure("one", "three")
        kill(run.process, SIGHUP)
        #expect(
            run.waits { run.errorSoFar.contains("settings not changed: ") }, "\(run.errorSoFar)")
        _ = try configure("one", "two")
        kill(run.process, SIGHUP)
        #expect(
            run.waits { run.errorSoFar.contains("one, \(folder.file("two"))") }, "\(run.errorSoFar)"
        )
        _ = try folder.write(
            scanLog().replacing("10.0.0.66", with: "10.0.0.77"), to: "two/conn.log")
        #expect(run.waits { run.outputSoFar.contains("Reconnaissance by 10.0.0.77") })
        kill(run.process, SIGTERM)
        let outcome = try run.wait()
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.error.contains("600 flows in "), "\(outcome.error)")
        #expect(try threats().count { $0["change"] as? String == "raised" } == 2)
        let stored = try Program.run([
            "flows", "--state", folder.file("state"), "--format", "csv", "--limit", "10000",
        ])
        #expect(stored.output.split(separator: "\n").count == 1 + 600)
    }

    /// Connections of one host, one a second for two hours.
    private func hours(of host: String) -> String {
        (0..<7200).map { number in
            "{\"_path\":\"conn\",\"ts\":\(1_700_000_000 + number),\"uid\":\"\(host)-\(number)\","
                + "\"id.orig_h\":\"\(host)\",\"id.orig_p\":\(20_000 + number),"
                + "\"id.resp_h\":\"93.184.216.34\",\"id.resp_p\":443,\"proto\":\"tcp\","
                + "\"service\":\"ssl\",\"duration\":0.5,\"orig_bytes\":500,\"resp_bytes\":4000,"
                + "\"conn_state\":\"SF\",\"history\":\"ShADadFf\",\"orig_pkts\":8,"
                + "\"orig_ip_bytes\":900,\"resp_pkts\":9,\"resp_ip_bytes\":4400}\n"
        }.joined()
    }

    @Test func `a backlog of several logs is read in the order of time`() throws {
        try FileManager.default.createDirectory(
            atPath: folder.file("spool"), withIntermediateDirectories: true)
        for number in 1...3 {
            _ = try folder.write(hours(of: "10.0.0.\(number)"), to: "spool/\(number).log")
        }
        let settings = try folder.write("listen: 127.0.0.1:0\n", to: "ntds.yaml")
        let run = try Program.Run([
            "run", folder.file("spool"), "--config", settings, "--state", folder.file("state"),
            "--quiet",
        ])
        defer { kill(run.process, SIGKILL) }
        #expect(run.waits { run.errorSoFar.contains("listening") }, "\(run.errorSoFar)")
        let match = try #require(run.errorSoFar.firstMatch(of: /address=127\.0\.0\.1:(\d+)/))
        let get = Places.fixture("http_get.py", beside: #filePath)
        var metrics = ""
        #expect(
            run.waits {
                metrics = (try? Python.run(get, ["http://127.0.0.1:\(match.1)/metrics"])) ?? ""
                return metrics.contains("ntds_detection_flows_total 21600\n")
            }, "\(metrics)")
        #expect(metrics.contains(/ntds_source_late_total\{.*\} 0\n/), "\(metrics)")
        kill(run.process, SIGTERM)
        #expect(try run.wait().status == 0)
    }

    @Test func `settings are checked`() throws {
        let shown = try Program.run(["config", "check"])
        #expect(shown.status == 0)
        let file = try folder.write(shown.output, to: "ntds.yaml")
        #expect(try Program.run(["config", "check", file]).output == shown.output)
        let wrong = try folder.write("baselines: {learning: soon}\n", to: "wrong.yaml")
        let refused = try Program.run(["config", "check", wrong])
        #expect(
            refused.status == 2
                && refused.error.contains("wrong.yaml:1: baselines.learning: 'soon'"))
    }

    @Test func `the doctor says what is here`() throws {
        let outcome = try Program.run(["doctor"])
        #expect(outcome.isOrderly && outcome.output.contains("nDPI"), "\(outcome.error)")
        let settings = try folder.write("sources: [{folder: /no/such}]\n", to: "ntds.yaml")
        let ill = try Program.run(["doctor", "--config", settings, "--json"])
        #expect(ill.status == 1 && ill.output.contains("not there or not readable: /no/such"))
        let places = try folder.write("networks: {locations: [/no/such.mmdb]}\n", to: "places.yaml")
        let lost = try Program.run(["doctor", "--config", places, "--json"])
        #expect(lost.status == 1 && lost.output.contains("/no/such.mmdb: cannot be read"))
        let log = try folder.write(scanLog(), to: "conn.log")
        let refused = try Program.run(
            ["run", log, "--config", places, "--state", folder.file("lost")])
        #expect(refused.status == 1 && refused.error.contains("/no/such.mmdb: cannot be read"))
    }
}
