import Statistics

/// Requests and answers of HTTP/1.1 in the clear.
struct HTTPDialogue: Sendable {
    var host: String
    var agent: String
    var serverName: String

    /// Adds a GET and its answer with a body of so many octets.
    func addGet(
        _ path: String, type: String, bodyOctets: Int, status: String = "200 OK",
        to script: inout DialogueScript, after pause: Int64 = 0, _ generator: inout SeededGenerator
    ) {
        script.say(
            .client,
            """
            GET \(path) HTTP/1.1\r
            Host: \(host)\r
            User-Agent: \(agent)\r
            Accept: */*\r
            Connection: keep-alive\r\n
            """, after: pause)
        addAnswer(status, type: type, bodyOctets: bodyOctets, to: &script, &generator)
    }

    /// Adds a POST of so many octets and a short answer.
    func addPost(
        _ path: String, bodyOctets: Int, answerOctets: Int, to script: inout DialogueScript,
        after pause: Int64 = 0, _ generator: inout SeededGenerator
    ) {
        let head = """
            POST \(path) HTTP/1.1\r
            Host: \(host)\r
            User-Agent: \(agent)\r
            Content-Type: application/octet-stream\r
            Content-Length: \(bodyOctets)\r
            Connection: keep-alive\r\n\r\n
            """
        script.send(.client, head: Array(head.utf8), bulk: bodyOctets, after: pause)
        addAnswer(
            "200 OK", type: "application/octet-stream", bodyOctets: answerOctets, to: &script,
            &generator)
    }

    private func addAnswer(
        _ status: String, type: String, bodyOctets: Int, to script: inout DialogueScript,
        _ generator: inout SeededGenerator
    ) {
        let head = """
            HTTP/1.1 \(status)\r
            Server: \(serverName)\r
            Content-Type: \(type)\r
            Content-Length: \(bodyOctets)\r
            Cache-Control: max-age=3600\r
            Connection: keep-alive\r\n\r\n
            """
        script.send(
            .server, head: Array(head.utf8), bulk: bodyOctets,
            after: .milliseconds(generator.logNormal(median: 4, spread: 1)))
    }

    static let browsers = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
    ]
}
