import ApplicationLabels
import Capture
import Foundation
import Geolocation
import NetworkTypes

/// `ntds doctor`: what is installed, permitted and readable, and what to do where it is not.
package struct Doctor: Sendable {
    /// How a look went.
    package enum Verdict: String, Sendable {
        case good = "ok"
        /// Works, but something is missing that many want.
        case lacking
        /// `ntds run` would fail.
        case bad
    }

    package struct Finding: Sendable {
        package var subject: String
        package var verdict: Verdict
        package var text: String
        /// What to do; "" if nothing.
        package var remedy = ""
    }

    private let settings: ServiceSettings

    package init(_ settings: ServiceSettings) { self.settings = settings }

    package func findings() -> [Finding] {
        [labels, locations, capture] + sources + [state, listening, clock]
    }

    private var labels: Finding {
        Finding(
            subject: "application labels", verdict: .good, text: "nDPI \(NDPILabeller.version)")
    }

    private var locations: Finding {
        if !settings.networks.locations.isEmpty { return namedLocations }
        do {
            _ = try LocDatabase()
            return Finding(
                subject: "locations", verdict: .good,
                text: "Debian's database, \(LocDatabase.defaultPath)")
        } catch {
            return Finding(
                subject: "locations", verdict: .lacking,
                text: "countries and networks of addresses are not known: \(error)",
                remedy: "apt-get install libloc-database")
        }
    }

    private var namedLocations: Finding {
        let paths = settings.networks.locations
        do {
            let names = try paths.map { try MaxMindDatabase(path: $0).name }
            return Finding(
                subject: "locations", verdict: .good, text: names.joined(separator: ", "))
        } catch {
            return Finding(
                subject: "locations", verdict: .bad, text: "\(error)",
                remedy: "correct networks.locations, or leave it out for Debian's database")
        }
    }

    private var capture: Finding {
        let names = LiveCapture.interfaceNames()
        guard !names.isEmpty else {
            return Finding(
                subject: "live capture", verdict: .lacking, text: "no interface may be opened",
                remedy: "run as root, or: setcap cap_net_raw,cap_net_admin=eip $(command -v ntds)")
        }
        do {
            _ = try LiveCapture(LiveCapture.Configuration(interfaces: [names[0]]))
            return Finding(
                subject: "live capture", verdict: .good,
                text: "permitted; interfaces: \(names.joined(separator: ", "))")
        } catch {
            return Finding(
                subject: "live capture", verdict: .lacking, text: "\(error)",
                remedy: "run as root, or: setcap cap_net_raw,cap_net_admin=eip $(command -v ntds)")
        }
    }

    private var sources: [Finding] {
        guard !settings.sources.isEmpty else {
            return [
                Finding(
                    subject: "sources", verdict: .lacking, text: "none in the settings",
                    remedy: "name interfaces, files or folders under sources")
            ]
        }
        return settings.sources.map { source in
            let missing =
                switch source.kind {
                case .interfaces(let names, _, _):
                    names.filter { !LiveCapture.interfaceNames().contains($0) }
                case .files(let paths): paths.filter { unsafe access($0, R_OK) != 0 }
                case .folder(let path): unsafe access(path, R_OK | X_OK) == 0 ? [] : [path]
                }
            return missing.isEmpty
                ? Finding(subject: "source \(source.name)", verdict: .good, text: "readable")
                : Finding(
                    subject: "source \(source.name)", verdict: .bad,
                    text: "not there or not readable: \(missing.joined(separator: ", "))",
                    remedy: "check the name and the rights of the user that runs ntds")
        }
    }

    private var state: Finding {
        var folder = settings.state
        while PathKind(folder) == .absent {
            let parent = (folder as NSString).deletingLastPathComponent
            folder = parent.isEmpty ? "." : parent
        }
        guard unsafe access(folder, W_OK | X_OK) == 0 else {
            return Finding(
                subject: "state", verdict: .bad, text: "\(settings.state) cannot be written",
                remedy: "name another folder under state, or give the user rights to it")
        }
        let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
        let wanted = settings.store.isOn ? settings.store.octets : 100_000_000
        guard free >= wanted else {
            return Finding(
                subject: "state", verdict: .lacking,
                text: "\(settings.state): \(free / 1_000_000) MB free, flows may take "
                    + "\(wanted / 1_000_000) MB",
                remedy: "free space or lower retention.size")
        }
        return Finding(
            subject: "state", verdict: .good,
            text: "\(settings.state): writable, \(free / 1_000_000) MB free")
    }

    private var listening: Finding {
        guard let address = settings.listen else {
            return Finding(
                subject: "health", verdict: .lacking, text: "nobody can ask for it",
                remedy: "name an address under listen")
        }
        let isOpen = ["127.0.0.1", "::1", "localhost"].contains(address.host)
        return Finding(
            subject: "health", verdict: isOpen ? .good : .lacking,
            text: "http://\(address)/healthz" + (isOpen ? "" : ", for everybody who reaches it"),
            remedy: isOpen ? "" : "listen on 127.0.0.1 unless a firewall stands before it")
    }

    private var clock: Finding {
        // Older than this program: the clock was never set.
        let isSet = SystemClock.now() > Timestamp(nanoseconds: 1_767_225_600_000_000_000)
        return Finding(
            subject: "clock", verdict: isSet ? .good : .bad, text: SystemClock.now().description,
            remedy: isSet ? "" : "set the time of this machine")
    }
}
