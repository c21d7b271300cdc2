import Behaviours
import Foundation
import NetworkTypes
import Threats
import Yams

extension ServiceSettings {
    /// What a settings file may measure.
    private static let fileLimit = 1 << 20

    /// Reads a settings file, or the environment alone if there is none.
    ///
    /// - Returns: the settings, and variables of the environment that look like settings and are none.
    /// - Throws: `InvalidSettings` with all that is wrong.
    package static func read(
        path: String?, environment: [String: String]
    ) throws(InvalidSettings) -> (settings: ServiceSettings, unknownVariables: [String]) {
        let text = try path.map { path throws(InvalidSettings) in try contents(path) } ?? ""
        return try read(text: text, file: path ?? "environment", environment: environment)
    }

    package static func read(
        text: String, file: String, environment: [String: String]
    ) throws(InvalidSettings) -> (settings: ServiceSettings, unknownVariables: [String]) {
        let reader = SettingsReader(file: file, environment: environment)
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw InvalidSettings(problems: [problem(error, file: file)])
        } catch {
            throw InvalidSettings(problems: [
                SettingsProblem(place: file, setting: "", reason: "no YAML: \(error)")
            ])
        }
        var top = SettingsMapping(reader, root, path: "")
        let settings = ServiceSettings(&top)
        top.finish()
        guard reader.problems.isEmpty else { throw InvalidSettings(problems: reader.problems) }
        return (settings, reader.unknownVariables)
    }

    private static func contents(_ path: String) throws(InvalidSettings) -> String {
        func refuse(_ reason: String) -> InvalidSettings {
            InvalidSettings(problems: [SettingsProblem(place: path, setting: "", reason: reason)])
        }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw refuse("cannot be read: \(SystemErrorText.last)")
        }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: fileLimit + 1) else {
            throw refuse("cannot be read; is it a file?")
        }
        guard data.count <= fileLimit else { throw refuse("longer than 1 MiB: no settings file") }
        guard let text = String(data: data, encoding: .utf8) else { throw refuse("no UTF-8 text") }
        return text
    }

    private static func problem(_ error: YamlError, file: String) -> SettingsProblem {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            SettingsProblem(
                place: "\(file):\(mark.line)", setting: "", reason: "no YAML: \(problem)")
        default: SettingsProblem(place: file, setting: "", reason: "no YAML: \(error)")
        }
    }

    private init(_ top: inout SettingsMapping) {
        self.init()
        state = top.text("state", state)
        checkpointSeconds = top.seconds("checkpoint", checkpointSeconds, 0...86_400)
        listen = top.value(
            "listen", listen, accepted: "an address and a port such as 127.0.0.1:9470, or off",
            read: Self.listenAddress)
        readLog(&top)
        readNetworks(&top)
        readBaselines(&top)
        readDetection(&top)
        readStore(&top)
        readOutput(&top)
        var list = top.mappings("sources")
        sources = list.indices.compactMap { Self.source(&list[$0], number: $0) }
        let names = Set(sources.map(\.name))
        if names.count < sources.count {
            top.reader.report(top.node, "sources", "two sources have the same name")
        }
    }

    private static func listenAddress(_ text: String) -> ListenAddress?? {
        if ["off", "false", "none"].contains(text) { return .some(nil) }
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : ListenAddress(host: host, port: port)
    }

    private mutating func readLog(_ top: inout SettingsMapping) {
        var map = top.mapping("log")
        log.level = map.choice("level", log.level)
        log.format = map.choice("format", log.format)
        map.finish()
    }

    private mutating func readNetworks(_ top: inout SettingsMapping) {
        var map = top.mapping("networks")
        networks.inside = Self.prefixes(&map, "inside")
        var scopes = map.mappings("scopes")
        networks.scopes = scopes.indices.map { index in
            let scope = Networks.Scope(
                name: scopes[index].text("name", ""),
                networks: Self.prefixes(&scopes[index], "networks"),
                vlans: scopes[index].values("vlans", accepted: "a VLAN, 1 to 4094") { text in
                    UInt16(text).flatMap { (1...4094).contains($0) ? $0 : nil }
                })
            if scope.name.isEmpty {
                map.reader.report(scopes[index].node, scopes[index].path, "a scope needs a name")
            }
            scopes[index].finish()
            return scope
        }
        var roles = map.mappings("roles")
        networks.roles = roles.indices.map { index in
            let role = Networks.Role(
                role: roles[index].text("role", ""), networks: Self.prefixes(&roles[index], "hosts")
            )
            if !Self.roleNames.contains(role.role) {
                map.reader.report(
                    roles[index].node, "\(roles[index].path).role",
                    "'\(role.role)' is not one of \(Self.roleNames.joined(separator: ", "))")
            }
            roles[index].finish()
            return role
        }
        networks.locations = map.values(
            "locations", accepted: "the path of a MaxMind DB file", read: Self.nonEmpty)
        map.finish()
    }

    static let roleNames = HostRole.allCases.map(\.rawValue)

    private static func prefixes(_ map: inout SettingsMapping, _ key: String) -> [IPPrefix] {
        map.values(key, accepted: "a network or address such as 192.0.2.0/24") { text in
            if let prefix = try? IPPrefix(text) { return prefix }
            guard let address = IPAddress(text) else { return nil }
            return try? IPPrefix("\(address)/\(address.isIPv4 ? 32 : 128)")
        }
    }

    private mutating func readBaselines(_ top: inout SettingsMapping) {
        var map = top.mapping("baselines")
        baselines.learningSeconds = map.seconds(
            "learning", baselines.learningSeconds, 0...(366 * 86_400))
        baselines.minimumFlows = map.count("minimum_flows", baselines.minimumFlows, 1...1_000_000)
        baselines.refitSeconds = map.seconds(
            "refit", baselines.refitSeconds, 60...(366 * 86_400))
        baselines.staleSeconds = map.seconds(
            "stale", baselines.staleSeconds, 3600...(3660 * 86_400))
        baselines.memoryOctets = map.octets(
            "memory", baselines.memoryOctets, (8 << 20)...(64 << 30))
        baselines.isConfirmedBenign = map.flag("confirmed_benign", baselines.isConfirmedBenign)
        baselines.imported = map.text("import") ?? baselines.imported
        map.finish()
    }

    private mutating func readDetection(_ top: inout SettingsMapping) {
        var map = top.mapping("detection")
        detection.minimumConfidence = map.number(
            "minimum_confidence", detection.minimumConfidence, 0.05...0.99)
        detection.halfLifeSeconds = map.seconds(
            "half_life", detection.halfLifeSeconds, 60...(366 * 86_400))
        var weights = map.mapping("weights")
        for kind in BehaviourKind.allCases {
            let weight = weights.number(kind.name, 1, 0...1)
            if weight != 1 { detection.weights[kind] = weight }
        }
        weights.finish()
        var thresholds = map.mapping("thresholds")
        for field in ThresholdField.all { field.read(&thresholds, into: &detection.thresholds) }
        thresholds.finish()
        map.finish()
    }

    private mutating func readStore(_ top: inout SettingsMapping) {
        var map = top.mapping("retention")
        store.isOn = map.flag("flows", store.isOn)
        store.ageSeconds = map.seconds("age", store.ageSeconds, 3600...(3660 * 86_400))
        store.octets = map.octets("size", store.octets, 1_000_000...1_000_000_000_000_000)
        map.finish()
    }

    private mutating func readOutput(_ top: inout SettingsMapping) {
        var map = top.mapping("output")
        output.threats = map.text("threats")
        output.isShown = map.flag("show", output.isShown)
        map.finish()
    }

    private static func source(_ map: inout SettingsMapping, number: Int) -> Source? {
        let isEmpty = map.keys.isEmpty
        let interfaces: [String] =
            map.values("interface", accepted: "the name of an interface", read: nonEmpty)
            + map.values("interfaces", accepted: "the name of an interface", read: nonEmpty)
        let files: [String] =
            map.values("file", accepted: "the path of a file", read: nonEmpty)
            + map.values("files", accepted: "the path of a file", read: nonEmpty)
        let folder = map.text("folder")
        let filter = map.text("filter")
        let buffer = map.octets("buffer", 64 << 20, (1 << 20)...(4 << 30))
        let speed: Double? = map.value(
            "speed", nil, accepted: "how many times as fast as it was, such as 60, or max"
        ) { text in
            if text == "max" { return .some(nil) }
            guard let speed = Double(text), speed > 0, speed <= 1e9 else { return nil }
            return speed
        }
        let name = map.text("name")
        map.finish()
        let given = [!interfaces.isEmpty, !files.isEmpty, folder != nil].count { $0 }
        guard given == 1 else {
            map.reader.report(
                map.node, map.path,
                isEmpty || given == 0
                    ? "needs one of interface, files, folder"
                    : "has more than one of interface, files, folder: make it several sources")
            return nil
        }
        if let folder {
            return Source(name: name ?? folder, kind: .folder(folder), speed: speed)
        }
        if !files.isEmpty {
            return Source(
                name: name ?? (files.count == 1 ? files[0] : "\(files[0]) …"), kind: .files(files),
                speed: speed)
        }
        return Source(
            name: name ?? interfaces.joined(separator: "+"),
            kind: .interfaces(interfaces, filter: filter, bufferOctets: buffer), speed: nil)
    }

    private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }
}
