import Alerts
import Foundation
import Hummingbird

/// An answer that says what is wrong (RFC 9457): no paths, no statements, no stack.
struct Problem: Error {
    var status: HTTPResponse.Status
    var detail: String

    init(_ status: HTTPResponse.Status, _ detail: String) {
        (self.status, self.detail) = (status, detail)
    }

    /// What an error of the store means to who asks.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as AlertStoreError:
            switch error {
            case .noAlert: self.init(.notFound, "\(error)")
            case .changed: self.init(.conflict, "\(error)")
            }
        case let error as AlertActionError:
            if case .wrongState = error {
                self.init(.conflict, "\(error)")
            } else {
                self.init(.badRequest, "\(error)")
            }
        case let error as LabelMatcherError: self.init(.badRequest, "\(error)")
        case let error as SilenceError: self.init(.badRequest, "\(error)")
        default:
            self.init(.serviceUnavailable, "the store of alerts is not to be had now: try again")
        }
    }

    private struct Message: Encodable {
        var type = "about:blank"
        var title: String
        var status: Int
        var detail: String
    }

    var response: Response {
        let message = Message(
            title: status.reasonPhrase, status: status.code, detail: detail)
        let body = (try? JSONEncoder().encode(message)) ?? Data()
        return Response(
            status: status,
            headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
