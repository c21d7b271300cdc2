import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Asks the API of a running service, as commands do.
package struct AlertClient: Sendable {
    private let address: String
    private let token: String

    /// The service that uses a state folder, or another one by its address.
    package init(state: String, address: String? = nil, tokenFile: String? = nil) throws {
        func text(_ path: String) -> String? {
            (try? String(contentsOfFile: path, encoding: .utf8))?.filter { !$0.isWhitespace }
        }
        let addressPath = state + "/" + StateFolder.addressName
        let tokenPath = tokenFile ?? state + "/" + StateFolder.tokenName
        guard let address = address ?? text(addressPath) else {
            throw AlertClientError(
                "\(addressPath): cannot be read: no ntds run is at work on this folder (with listen), or it "
                    + "belongs to another user: name --state or --url")
        }
        guard let token = text(tokenPath) else {
            throw AlertClientError(
                "\(tokenPath): cannot be read: run as the user of ntds run, or name --token-file")
        }
        self.address = address.contains("://") ? address : "http://" + address
        self.token = token
    }

    /// Sends a request and gives the JSON of the answer.
    ///
    /// - Parameter body: a JSON object.
    package func ask(
        _ method: String, _ path: String, query: [(String, String)] = [], body: [String: Any]? = nil
    ) throws -> Any {
        guard var components = URLComponents(string: address + "/api/v1/" + path) else {
            throw AlertClientError("\(address): no address such as 127.0.0.1:9470")
        }
        if !query.isEmpty {
            components.queryItems = query.map { URLQueryItem(name: $0.0, value: $0.1) }
        }
        guard let url = components.url else { throw AlertClientError("\(address): no address") }
        var request = URLRequest(url: url, timeoutInterval: 30)
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        if let body {
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            request.httpBody = try JSONSerialization.data(withJSONObject: body)
        }
        let (data, status) = try send(request)
        let object = try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        guard (200...299).contains(status), let object else {
            let detail = (object as? [String: Any])?["detail"] as? String
            throw AlertClientError(
                "\(address): " + (detail ?? "answered with status \(status): is this ntds run?"))
        }
        return object
    }

    private final class Answer: @unchecked Sendable {
        // SAFETY: written before the semaphore is signalled, read after.
        var data = Data()
        var status = 0
        var error: (any Error)?
    }

    private func send(_ request: URLRequest) throws -> (Data, Int) {
        let answer = Answer()
        let isDone = DispatchSemaphore(value: 0)
        let configuration = URLSessionConfiguration.ephemeral
        // The token is for the service alone.
        configuration.connectionProxyDictionary = [:]
        let session = URLSession(configuration: configuration)
        defer { session.invalidateAndCancel() }
        session.dataTask(with: request) { data, response, error in
            answer.data = data ?? Data()
            answer.status = (response as? HTTPURLResponse)?.statusCode ?? 0
            answer.error = error
            isDone.signal()
        }.resume()
        isDone.wait()
        if answer.error != nil {
            throw AlertClientError("\(address): no answer: is ntds run running there?")
        }
        return (answer.data, answer.status)
    }
}

/// What went wrong between a command and the service, and what to do.
package struct AlertClientError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
