import Foundation
import NetworkTypes
import TestSupport

/// The connections of Zeek's `conn.log`, in its tab-separated and its JSON form, as far as these tests need them.
struct ZeekConnection {
    var time: Double
    var source, destination: String
    var octetsSent: UInt64

    static var folder: String { Places.shared + "/logs/zeek" }

    /// The files of finished connections.
    static var files: [String] {
        Places.files(in: folder).filter { path in
            path.hasSuffix(".log") && path.split(separator: "/").last!.hasPrefix("conn")
        }
    }

    static func read(_ path: String) throws -> [ZeekConnection] {
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        var columns: [Substring] = []
        return text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("{") { return connection(json: line) }
            if line.hasPrefix("#fields\t") {
                columns = line.split(separator: "\t").dropFirst().map(\.self)
            }
            if line.hasPrefix("#") { return nil }
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            return connection { name in
                columns.firstIndex(of: Substring(name)).flatMap {
                    $0 < cells.count ? String(cells[$0]) : nil
                }
            }
        }
    }

    private static func connection(json line: Substring) -> ZeekConnection? {
        guard
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        else { return nil }
        return connection { name in object[name].map { "\($0)" } }
    }

    private static func connection(_ cell: (String) -> String?) -> ZeekConnection? {
        guard let time = cell("ts").flatMap(Double.init), time >= 0,
            let source = cell("id.orig_h"), let destination = cell("id.resp_h"),
            IPAddress(source) != nil, IPAddress(destination) != nil
        else { return nil }
        return ZeekConnection(
            time: time, source: source, destination: destination,
            octetsSent: cell("orig_ip_bytes").flatMap { UInt64($0) } ?? 0)
    }
}

/// The connections of one pair of hosts, by second and octets sent.
struct PairSample {
    var name: String
    var times: [UInt32]
    var octets: [UInt32]

    /// The pairs of a log, in the order of their names.
    static func pairs(of connections: [ZeekConnection]) -> [PairSample] {
        var pairs: [String: PairSample] = [:]
        for connection in connections {
            let name = "\(connection.source) -> \(connection.destination)"
            pairs[name, default: PairSample(name: name, times: [], octets: [])]
                .times.append(UInt32(connection.time))
            pairs[name]?.octets.append(UInt32(clamping: connection.octetsSent))
        }
        return pairs.values.sorted { $0.name < $1.name }
    }
}
