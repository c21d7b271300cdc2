import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One HTTP request whose answer is bounded in octets and time, and that follows no redirection.
final class BoundedRequest: NSObject, URLSessionDataDelegate, Sendable {
    struct Response {
        var status: Int
        /// The names in small letters.
        var headers: [String: String]
        var body: Data
    }

    /// - Throws: `LookupError`, or `CancellationError` when the task is cancelled.
    static func post(
        _ body: Data, to url: URL, within timeout: Duration, atMost limit: Int
    ) async throws -> Response {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.httpBody = body
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let receiver = BoundedRequest(limit: limit)
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        configuration.timeoutIntervalForRequest = timeout / .seconds(1)
        let session = URLSession(
            configuration: configuration, delegate: receiver, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        // The session's own limit counts from the last octet; a peer that drips would never reach it. This
        // task ends with the request: it is cancelled on every way out.
        let deadline = Task {
            try await Task.sleep(for: timeout)
            receiver.finish(
                .failure(LookupError(code: .timedOut, reason: "no answer in \(timeout)")))
            task.cancel()
        }
        defer { deadline.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                receiver.begin(continuation)
                task.resume()
            }
        } onCancel: {
            receiver.finish(.failure(CancellationError()))
            task.cancel()
        }
    }

    private struct State {
        var continuation: CheckedContinuation<Response, any Error>?
        /// What came before anybody waited for it.
        var early: Result<Response, any Error>?
        var body = Data()
    }

    private let state = Mutex(State())
    private let limit: Int

    private init(limit: Int) {
        self.limit = limit
    }

    private func begin(_ continuation: CheckedContinuation<Response, any Error>) {
        let early = state.withLock { state in
            if state.early == nil { state.continuation = continuation }
            return state.early
        }
        if let early { continuation.resume(with: early) }
    }

    /// Gives the result to who waits for it; only the first one counts.
    private func finish(_ result: Result<Response, any Error>) {
        let continuation = state.withLock { state in
            defer { state.continuation = nil }
            if state.early == nil { state.early = result }
            return state.continuation
        }
        continuation?.resume(with: result)
    }

    // MARK: URLSessionDataDelegate

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let fits = state.withLock { state in
            guard state.body.count + data.count <= limit else { return false }
            state.body.append(data)
            return true
        }
        if !fits {
            let reason = "the answer is larger than \(limit) octets"
            finish(.failure(LookupError(code: .answerTooLarge, reason: reason)))
            dataTask.cancel()
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        if let error {
            let timedOut = (error as? URLError)?.code == .timedOut
            finish(
                .failure(
                    LookupError(
                        code: timedOut ? .timedOut : .unreachable,
                        reason: error.localizedDescription)))
            return
        }
        guard let http = task.response as? HTTPURLResponse else {
            finish(.failure(LookupError(code: .unreachable, reason: "no HTTP answer")))
            return
        }
        var headers: [String: String] = [:]
        for case (let name as String, let value as String) in http.allHeaderFields {
            headers[name.lowercased()] = value
        }
        let body = state.withLock { $0.body }
        finish(.success(Response(status: http.statusCode, headers: headers, body: body)))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
