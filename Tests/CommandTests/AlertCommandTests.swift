import Foundation
import TestSupport
import Testing

/// `ntds alerts` and `ntds silence` beside a running `ntds run`, and the API that they use.
struct AlertCommandTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// One host tries the ports of another.
    private func scan(by host: String, at start: Int = 1_700_000_000) -> String {
        (1...100).map { port in
            "{\"_path\":\"conn\",\"ts\":\(Double(start) + Double(port) / 10),\"uid\":\"\(host)-\(port)\","
                + "\"id.orig_h\":\"\(host)\",\"id.orig_p\":50000,\"id.resp_h\":\"10.0.0.9\","
                + "\"id.resp_p\":\(port),\"proto\":\"tcp\",\"duration\":0.001,\"orig_bytes\":0,"
                + "\"resp_bytes\":0,\"conn_state\":\"REJ\",\"history\":\"Sr\",\"orig_pkts\":1,"
                + "\"orig_ip_bytes\":60,\"resp_pkts\":1,\"resp_ip_bytes\":40}\n"
        }.joined()
    }

    /// A service that watches a folder, once it answers.
    private func service() throws -> Program.Run {
        let spool = folder.file("spool")
        try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
        let settings = try folder.write("listen: 127.0.0.1:0\ncheckpoint: 1s\n", to: "ntds.yaml")
        try? FileManager.default.removeItem(atPath: folder.file("state/api.address"))
        let run = try Program.Run([
            "run", spool, "--config", settings, "--state", folder.file("state"), "--quiet",
        ])
        #expect(run.waits { run.errorSoFar.contains("listening") }, "\(run.errorSoFar)")
        return run
    }

    private func ntds(_ arguments: String...) throws -> Program.Outcome {
        try Program.run(arguments + ["--state", folder.file("state")])
    }

    private func alerts(_ options: String...) throws -> [[String: Any]] {
        let outcome = try Program.run(
            ["alerts", "list", "--json", "--state", folder.file("state")] + options)
        return outcome.output.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    @Test func `an alert is worked on without a browser, and survives kill -9`() throws {
        let first = try service()
        defer { kill(first.process, SIGKILL) }
        _ = try folder.write(scan(by: "10.0.0.66"), to: "spool/conn.log")
        #expect(first.waits { (try? alerts().count) == 1 }, "\(first.errorSoFar)")
        let alert = try #require(try alerts().first)
        let fingerprint = try #require(alert["fingerprint"] as? String)
        #expect(alert["entity"] as? String == "10.0.0.66" && alert["handling"] as? String == "open")
        let list = try ntds("alerts")
        #expect(list.output.contains("Reconnaissance by 10.0.0.66") && list.error == "1 alerts\n")
        let taken = try ntds("alerts", "ack", fingerprint, "--for", "4h", "--note", "looking")
        #expect(taken.status == 0 && taken.output.contains("acknowledged by operator"))
        // Durable at once.
        kill(first.process, SIGKILL)
        _ = try first.wait()
        let second = try service()
        defer { kill(second.process, SIGKILL) }
        #expect(try alerts().map { $0["handling"] as? String } == ["acknowledged"])
        let closed = try ntds(
            "alerts", "close", fingerprint, "--reason", "benign", "--note", "our scanner")
        #expect(closed.status == 0 && closed.output.contains("closed (benign)"))
        #expect(try alerts().isEmpty && alerts("--handling", "closed").count == 1)
        let shown = try ntds("alerts", "show", fingerprint)
        for words in [
            "announced", "acknowledged", "– looking", "closed", "– our scanner", "harmless?",
        ] {
            #expect(shown.output.contains(words), "\(shown.output)")
        }
        #expect(try ntds("alerts", "tag", fingerprint, "--tag", "weekly").status == 0)
        #expect(try ntds("alerts", "reopen", fingerprint).output.contains("  open"))
        // What is wrong is said.
        let reopened = try ntds("alerts", "reopen", fingerprint)
        #expect(
            reopened.status == 1
                && reopened.error.contains("an alert that is open cannot be reopened"))
        #expect(
            try ntds("alerts", "close", fingerprint, "--reason", "bored").error.contains(
                "reason: one of"))
        #expect(try ntds("alerts", "show", "12").status == 2)
        #expect(try ntds("alerts", "show", "0123456789abcdef").error.contains("there is no alert"))
        kill(second.process, SIGTERM)
        #expect(try second.wait().status == 0)
        #expect(try ntds("alerts").error.contains("no ntds run is at work on this folder"))
    }

    @Test func `a silence hides and ends, and is never lost`() throws {
        let first = try service()
        defer { kill(first.process, SIGKILL) }
        let made = try ntds(
            "silence", "add", "--match", "entity=~\"10.0.0.*\"", "--for", "2h", "--comment",
            "exercise",
            "--json")
        #expect(made.status == 0, "\(made.error)")
        let id = try #require(made.json["id"] as? String)
        kill(first.process, SIGKILL)
        _ = try first.wait()
        let second = try service()
        defer { kill(second.process, SIGKILL) }
        _ = try folder.write(scan(by: "10.0.0.66"), to: "spool/conn.log")
        #expect(second.waits { (try? alerts().count) == 1 })
        #expect(try alerts()[0]["silencedBy"] as? [String] == [id])
        #expect(try ntds("silence").output.contains("\(id)  active"))
        #expect(try ntds("silence", "end", id).output.contains("expired"))
        #expect(try alerts()[0]["silencedBy"] as? [String] == [])
        for (matcher, reason) in [
            ("entity=~\"(\"", "no regular expression"), ("entity", "is not a matcher"),
            ("entity=~\".*\"", "matches everything is refused"),
        ] {
            let refused = try ntds(
                "silence", "add", "--match", matcher, "--for", "2h", "--comment", "x")
            #expect(refused.status == 1 && refused.error.contains(reason), "\(refused.error)")
        }
        kill(second.process, SIGTERM)
        _ = try second.wait()
    }

    @Test func `the API answers only who has the token, and says what is wrong`() throws {
        let run = try service()
        defer { kill(run.process, SIGKILL) }
        _ = try folder.write(scan(by: "10.0.0.66"), to: "spool/conn.log")
        #expect(run.waits { (try? alerts().count) == 1 })
        let fingerprint = try #require(try alerts().first?["fingerprint"] as? String)
        let token = try folder.text("state/api.token").filter { !$0.isWhitespace }
        let address = try folder.text("state/api.address").filter { !$0.isWhitespace }
        let mode = try FileManager.default.attributesOfItem(atPath: folder.file("state/api.token"))
        #expect(mode[.posixPermissions] as? Int == 0o600)
        let script = Places.fixture("http_ask.py", beside: #filePath)
        func ask(
            _ method: String, _ path: String, _ token: String, _ body: String = ""
        ) throws -> String {
            try Python.run(script, [method, "http://\(address)/api/v1/\(path)", token, body])
        }
        for wrong in ["", "x", String(token.dropLast()), token + "0", String(token.reversed())] {
            #expect(try ask("GET", "alerts", wrong).hasPrefix("401"))
            #expect(
                try ask("POST", "alerts/\(fingerprint)/actions", wrong, "{\"action\":\"reopen\"}")
                    .hasPrefix("401"))
        }
        #expect(try ask("GET", "alerts", token).hasPrefix("200"))
        let actions = "alerts/\(fingerprint)/actions"
        for (method, path, body, status) in [
            ("GET", "alerts?limit=0", "", 400), ("GET", "alerts?limit=100000", "", 400),
            ("GET", "alerts?handling=shut", "", 400), ("GET", "alerts?after=x", "", 400),
            ("GET", "alerts?nonsense=1", "", 400), ("GET", "alerts/zz", "", 400),
            ("GET", "alerts/0000000000000000", "", 404), ("GET", "nothing", "", 404),
            ("POST", actions, "{", 400), ("POST", actions, "[]", 400), ("POST", actions, "{}", 400),
            ("POST", actions, "{\"action\":\"explode\"}", 400),
            ("POST", actions, "{\"action\":\"reopen\",\"colour\":\"red\"}", 400),
            ("POST", actions, "{\"action\":\"reopen\"}", 409),
            ("POST", actions, "{\"action\":\"tag\",\"tag\":\"\\u0000\"}", 400),
            ("POST", actions, "{\"action\":\"escalate\",\"version\":99}", 409),
            ("POST", actions, "{\"action\":\"acknowledge\",\"until\":\"tomorrow\"}", 400),
            ("POST", actions, String(repeating: "[", count: 50_000), 400),
            ("POST", actions, String(repeating: " ", count: 70_000), 413),
            (
                "POST", "silences",
                "{\"matchers\":[],\"endsAt\":\"2099-01-01T00:00:00Z\",\"comment\":\"x\"}", 400
            ),
            ("DELETE", "silences/none", "", 404),
        ] {
            let answer = try ask(method, path, token, body)
            #expect(
                answer.hasPrefix("\(status)"),
                "\(method) \(path) \(body.prefix(80)): \(answer.prefix(300))")
            #expect(!answer.contains("SELECT") && !answer.contains(folder.path))
        }
        let version = try #require(try alerts().first?["version"] as? Int)
        let raised = try ask(
            "POST", actions, token, "{\"action\":\"escalate\",\"version\":\(version)}")
        #expect(raised.contains("\"isEscalated\":true"), "\(raised.prefix(300))")
        kill(run.process, SIGTERM)
        _ = try run.wait()
    }
}
