package import Alerts
import Dispatch
import Foundation
import Hummingbird
package import NetworkTypes
import Threats

/// Alerts over HTTP, as JSON, for who has the token.
///
///     GET    /api/v1/alerts                     a page: handling, severity, entity, model, limit, after
///     GET    /api/v1/alerts/{fingerprint}       one, with its evidence and history
///     POST   /api/v1/alerts/{fingerprint}/actions
///     GET    /api/v1/silences
///     POST   /api/v1/silences
///     DELETE /api/v1/silences/{id}              ends it now
///
/// Who asks shows `Authorization: Bearer TOKEN`. Bodies have at most 64 KiB, unknown fields are refused. What is wrong is
/// said as `application/problem+json`.
package struct AlertAPI: Sendable {
    private let store: any AlertStore
    private let token: String
    private let now: @Sendable () -> Timestamp
    /// What is done with the token is done by this name.
    private static let actor = "operator"
    private static let bodyLimit = 64 * 1024
    private static let pageLimit = 1000
    private static let silenceLimit = 1000

    /// - Parameters:
    ///   - token: what who asks must show; 16 characters and more.
    ///   - now: the time, for history.
    package init(
        store: any AlertStore, token: String, now: @escaping @Sendable () -> Timestamp
    ) {
        precondition(token.utf8.count >= 16, "a token that can be guessed")
        self.store = store
        self.token = token
        self.now = now
    }

    func add(to router: Router<BasicRequestContext>) {
        let api = router.group("api/v1")
        api.get("alerts") { request, _ in
            try await answer(request) { store, _ in try page(request, store) }
        }
        api.get("alerts/:fingerprint") { request, context in
            let fingerprint = context.parameters.get("fingerprint")
            return try await answer(request) { store, _ in try one(fingerprint, store) }
        }
        api.post("alerts/:fingerprint/actions") { request, context in
            let fingerprint = context.parameters.get("fingerprint")
            return try await answer(request, withBody: true) { store, body in
                try act(fingerprint, body, store)
            }
        }
        api.get("silences") { request, _ in
            try await answer(request) { store, _ in
                let now = now()
                return try Self.json(store.silences().map { SilenceMessage($0, at: now) })
            }
        }
        api.post("silences") { request, _ in
            try await answer(request, withBody: true) { store, body in try silence(body, store) }
        }
        api.delete("silences/:id") { request, context in
            let id = context.parameters.get("id")
            return try await answer(request) { store, _ in try endSilence(id, store) }
        }
    }

    // MARK: What is asked

    private func page(_ request: Request, _ store: any AlertStore) throws -> Response {
        var query = AlertQuery()
        var limit = 100
        for (name, value) in request.uri.queryParameters {
            let text = String(value)
            switch name {
            case "handling":
                let names = text.split(separator: ",").map(String.init)
                guard names.allSatisfy({ ["open", "acknowledged", "closed", "all"].contains($0) })
                else { throw Problem(.badRequest, "handling: open, acknowledged, closed or all") }
                query.handlings = names.contains("all") ? [] : Set(names)
            case "severity":
                guard let severity = Severity.allCases.first(where: { $0.name == text }) else {
                    let names = Severity.allCases.map(\.name).joined(separator: ", ")
                    throw Problem(.badRequest, "severity: one of \(names)")
                }
                query.minimumSeverity = severity
            case "entity": query.entity = text
            case "model":
                guard let model = ThreatModel(rawValue: text) else {
                    let names = ThreatModel.allCases.map(\.rawValue).joined(separator: ", ")
                    throw Problem(.badRequest, "model: one of \(names)")
                }
                query.model = model
            case "limit":
                guard let number = Int(text), (1...Self.pageLimit).contains(number) else {
                    throw Problem(.badRequest, "limit: 1 to \(Self.pageLimit)")
                }
                limit = number
            case "after":
                guard let cursor = AlertQuery.Cursor(text) else {
                    throw Problem(.badRequest, "after: take it from the page before")
                }
                query.after = cursor
            default: throw Problem(.badRequest, "\(name): no such parameter")
            }
        }
        let page = try store.page(of: query, limit: limit)
        let (silences, now) = (try store.silences(), now())
        return try Self.json(
            AlertPageMessage(
                alerts: page.alerts.map { AlertMessage($0, silences: silences, at: now) },
                next: page.next?.text))
    }

    private func one(_ text: String?, _ store: any AlertStore) throws -> Response {
        let fingerprint = try Self.fingerprint(text)
        guard let alert = try store.alert(fingerprint) else {
            throw AlertStoreError.noAlert(fingerprint)
        }
        return try Self.json(message(alert, store))
    }

    private func act(_ text: String?, _ body: Data, _ store: any AlertStore) throws -> Response {
        let message: ActionMessage = try Self.decode(
            body, fields: ActionMessage.CodingKeys.allCases.map(\.rawValue))
        let alert = try store.apply(
            message.meant(), to: Self.fingerprint(text), version: message.version, by: Self.actor,
            note: message.note ?? "", at: now())
        return try Self.json(self.message(alert, store))
    }

    private func message(_ alert: Alert, _ store: any AlertStore) throws -> AlertMessage {
        var message = AlertMessage(alert, silences: try store.silences(), at: now())
        message.proof = JSONFragment(alert.proof)
        message.events = try store.events(of: alert.fingerprint).map { EventMessage($0) }
        return message
    }

    private func silence(_ body: Data, _ store: any AlertStore) throws -> Response {
        let message: NewSilenceMessage = try Self.decode(
            body, fields: NewSilenceMessage.CodingKeys.allCases.map(\.rawValue))
        let now = now()
        let active = try store.silences().count { $0.state(at: now) != .expired }
        guard active < Self.silenceLimit else {
            throw Problem(.conflict, "there are \(active) silences: end some first")
        }
        let silence = try message.meant(id: UUID().uuidString.lowercased(), by: Self.actor, at: now)
        try store.save(silence)
        return try Self.json(SilenceMessage(silence, at: now), status: .created)
    }

    private func endSilence(_ id: String?, _ store: any AlertStore) throws -> Response {
        guard var silence = try store.silences().first(where: { $0.id == id }) else {
            throw Problem(.notFound, "there is no such silence")
        }
        silence.expire(at: now())
        try store.save(silence)
        return try Self.json(SilenceMessage(silence, at: now()))
    }

    // MARK: How it is answered

    /// The store is worked on by one request after the other.
    private static let queue = DispatchQueue(label: "ntds.api")

    /// Answers who has the token, on a thread that may wait for the disk. The body is read for him alone.
    private func answer(
        _ request: Request, withBody: Bool = false,
        _ work: @escaping @Sendable (any AlertStore, Data) throws -> Response
    ) async throws -> Response {
        guard isKnown(request) else {
            var response = Problem(.unauthorized, "show the token: Authorization: Bearer …")
                .response
            response.headers[.wwwAuthenticate] = "Bearer"
            return response
        }
        var body = Data()
        if withBody {
            guard let buffer = try? await request.body.collect(upTo: Self.bodyLimit) else {
                return Problem(.contentTooLarge, "at most \(Self.bodyLimit) octets").response
            }
            body = Data(buffer.readableBytesView)
        }
        let (store, octets) = (store, body)
        return await withCheckedContinuation { continuation in
            Self.queue.async {
                do {
                    continuation.resume(returning: try work(store, octets))
                } catch {
                    continuation.resume(returning: Problem(error).response)
                }
            }
        }
    }

    /// In time that does not depend on where a wrong token differs.
    private func isKnown(_ request: Request) -> Bool {
        guard let header = request.headers[.authorization], header.hasPrefix("Bearer ") else {
            return false
        }
        let shown = Array(header.utf8.dropFirst(7))
        let own = Array(token.utf8)
        guard shown.count == own.count else { return false }
        return zip(shown, own).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Reads a body; fields that nobody knows are refused.
    private static func decode<Message: Decodable>(
        _ body: Data, fields: [String]
    ) throws(Problem) -> Message {
        guard let object = try? JSONSerialization.jsonObject(with: body) as? [String: Any] else {
            throw Problem(.badRequest, "the body must be a JSON object")
        }
        if let unknown = object.keys.sorted().first(where: { !fields.contains($0) }) {
            throw Problem(
                .badRequest,
                "\(unknown.prefix(40)): no such field; known are \(fields.joined(separator: ", "))")
        }
        do {
            return try JSONDecoder().decode(Message.self, from: body)
        } catch {
            throw Problem(
                .badRequest,
                "a field is missing or of another kind: \(fields.joined(separator: ", "))")
        }
    }

    private static func json(
        _ message: some Encodable, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = try encoder.encode(message)
        return Response(
            status: status,
            headers: [
                .contentType: "application/json; charset=utf-8", .cacheControl: "no-store",
                .xContentTypeOptions: "nosniff",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    private static func fingerprint(_ text: String?) throws(Problem) -> Fingerprint {
        guard let fingerprint = text.flatMap({ Fingerprint($0) }) else {
            throw Problem(.badRequest, "a fingerprint has sixteen hexadecimal digits")
        }
        return fingerprint
    }
}

extension AlertQuery.Cursor {
    /// Reads what ``text`` wrote.
    fileprivate init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 3, let number = UInt8(parts[0]),
            let severity = Severity(rawValue: number), let time = Int64(parts[1]),
            let fingerprint = Fingerprint(String(parts[2]))
        else { return nil }
        self.init(
            severity: severity, lastSeen: Timestamp(nanoseconds: time), fingerprint: fingerprint)
    }

    fileprivate var text: String {
        "\(severity.rawValue).\(lastSeen.nanoseconds).\(fingerprint)"
    }
}
