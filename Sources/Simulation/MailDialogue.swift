import Statistics

/// Mail between servers, from a client to its server, and read by a client.
enum MailDialogue {
    /// A message handed from one mail server to another in the clear (RFC 5321).
    static func delivery(
        from sender: String, to receiver: String, octets: Int, _ generator: inout SeededGenerator
    ) -> DialogueScript {
        var script = DialogueScript()
        let number = generator.index(below: 1_000_000)
        func answer(_ line: String) {
            script.say(
                .server, line, after: .milliseconds(generator.logNormal(median: 3, spread: 0.8)))
        }
        answer("220 mail.\(receiver) ESMTP Postfix")
        script.say(.client, "EHLO mail.\(sender)", after: .milliseconds(0.4))
        answer("250-mail.\(receiver)\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250 8BITMIME")
        script.say(.client, "MAIL FROM:<user\(number % 97)@\(sender)> SIZE=\(octets)")
        answer("250 2.1.0 Ok")
        script.say(.client, "RCPT TO:<user\(number % 31)@\(receiver)>")
        answer("250 2.1.5 Ok")
        script.say(.client, "DATA")
        answer("354 End data with <CR><LF>.<CR><LF>")
        var text = """
            From: <user\(number % 97)@\(sender)>\r
            To: <user\(number % 31)@\(receiver)>\r
            Subject: Report \(number)\r
            Message-ID: <\(number)@\(sender)>\r
            MIME-Version: 1.0\r
            Content-Type: text/plain; charset=us-ascii\r\n\r\n
            """
        let line = "The figures of the week are attached below and speak for themselves.\r\n"
        text += String(repeating: line, count: max(1, octets / line.utf8.count))
        script.say(.client, Array((text + ".\r\n").utf8), after: .milliseconds(1))
        answer("250 2.0.0 Ok: queued as \(String(number, radix: 16, uppercase: true))")
        script.say(.client, "QUIT", after: .milliseconds(0.5))
        answer("221 2.0.0 Bye")
        script.ending = .closed(.server)
        return script
    }

    /// A message handed in by a client, encrypted from STARTTLS on (RFC 6409, RFC 3207).
    static func submission(
        server: String, octets: Int, _ generator: inout SeededGenerator
    ) -> DialogueScript {
        var script = DialogueScript()
        let pause = Int64.milliseconds(generator.uniform(in: 0.5...3))
        script.say(.server, "220 \(server) ESMTP Postfix (Debian)", after: pause)
        script.say(.client, "EHLO [10.20.0.99]", after: pause)
        script.say(.server, "250-\(server)\r\n250-STARTTLS\r\n250 8BITMIME", after: pause)
        script.say(.client, "STARTTLS")
        script.say(.server, "220 2.0.0 Ready to start TLS", after: pause)
        let tls = TLSDialogue(client: .library, host: server, protocols: [], isVersion13: true)
        tls.addHandshake(to: &script, &generator)
        for request in [70, 90, 110, 66] {
            script.sendRecords(.client, octets: request, after: pause)
            script.sendRecords(.server, octets: 60 + request, after: pause)
        }
        script.sendRecords(.client, octets: octets, after: pause)
        script.sendRecords(.server, octets: 72, after: pause * 5)
        return script
    }

    /// A client that looks for new mail in the clear (RFC 9051), inside the campus.
    static func reading(server: String, _ generator: inout SeededGenerator) -> DialogueScript {
        var script = DialogueScript()
        var tag = 0
        let pause = Int64.milliseconds(generator.uniform(in: 0.3...2))
        func ask(_ command: String, _ answer: String, octets: Int = 0) {
            tag += 1
            script.say(.client, "a\(tag) \(command)", after: pause)
            let name = command.split(separator: " ").first.map(String.init) ?? command
            var text = answer
            if octets > 0 {
                text += "* 1 FETCH (BODY[] {\(octets)}\r\n"
                text += String(repeating: "Nothing of importance.\r\n", count: octets / 24)
                text += String(repeating: ".", count: octets % 24) + ")\r\n"
            }
            script.say(.server, "\(text)a\(tag) OK \(name) completed.", after: pause)
        }
        script.say(.server, "* OK [CAPABILITY IMAP4rev1 IDLE] \(server) ready.", after: pause)
        ask("CAPABILITY", "* CAPABILITY IMAP4rev1 IDLE\r\n")
        ask("LOGIN user\(generator.index(below: 90)) secret", "")
        ask("SELECT INBOX", "* \(generator.index(below: 900)) EXISTS\r\n* 0 RECENT\r\n")
        for _ in 0..<generator.index(below: 4) {
            let octets = min(generator.logNormal(median: 6000, spread: 1), 200_000)
            ask("FETCH 1 (BODY[])", "", octets: Int(octets))
        }
        ask("LOGOUT", "* BYE Logging out\r\n")
        return script
    }
}
