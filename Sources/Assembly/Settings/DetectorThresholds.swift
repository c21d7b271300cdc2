package import Behaviours

extension ServiceSettings {
    /// From which size on behaviours are told; what is not here has one sensible value (see the detectors).
    package struct Thresholds: Sendable, Equatable {
        private static let defaults = BehaviourWatch.Configuration()

        /// Hosts, and ports of one host, called in vain within five minutes.
        package var scanHosts = defaults.scans.hosts
        package var scanPorts = defaults.scans.ports
        /// The same within a day.
        package var slowScanHosts = defaults.scans.slowHosts
        package var slowScanPorts = defaults.scans.slowPorts
        /// Neighbours asked for by address resolution that are not there, within half a minute.
        package var scanNeighbours = defaults.neighbourScans.neighbours
        /// Hosts at which one host tried passwords within an hour.
        package var sprayHosts = defaults.credentials.sprayHosts
        /// New hosts that one host worked at within a day.
        package var lateralHosts = defaults.lateralMovement.hosts
        /// Score of a pair, 0 to 1.
        package var beaconScore = defaults.beacons.told.lowerBound
        /// Octets sent to one peer within an hour.
        package var exfiltrationOctets = Int(defaults.exfiltration.octetFloor)
        /// Different names below one domain within a day.
        package var tunnelNames = Int(defaults.tunnels.steps[0])
        /// Domains within an hour that are not there and look made up.
        package var generatedNames = Int(defaults.generatedNames.first)
        package var longConnectionSeconds = defaults.longConnections.steps[0]

        /// The detectors with these thresholds, all else as it is by default.
        package var detectors: BehaviourWatch.Configuration {
            var detectors = Self.defaults
            detectors.scans.hosts = scanHosts
            detectors.scans.ports = scanPorts
            detectors.scans.slowHosts = slowScanHosts
            detectors.scans.slowPorts = slowScanPorts
            detectors.neighbourScans.neighbours = scanNeighbours
            detectors.credentials.sprayHosts = sprayHosts
            detectors.lateralMovement.hosts = lateralHosts
            detectors.beacons.told =
                beaconScore...max(beaconScore, detectors.beacons.told.upperBound)
            detectors.exfiltration.octetFloor = UInt64(exfiltrationOctets)
            detectors.tunnels.steps = Self.raised(detectors.tunnels.steps, to: Double(tunnelNames))
            detectors.generatedNames.first = Double(generatedNames)
            detectors.longConnections.steps = Self.raised(
                detectors.longConnections.steps, to: longConnectionSeconds)
            return detectors
        }

        /// Ascending steps that begin with another first one.
        private static func raised(_ steps: [Double], to first: Double) -> [Double] {
            [first] + steps.dropFirst().filter { $0 > first }
        }
    }
}

/// The thresholds with their names in settings files.
enum ThresholdField: Sendable {
    case count(
        String, WritableKeyPath<ServiceSettings.Thresholds, Int> & Sendable, ClosedRange<Int>,
        String)
    case octets(
        String, WritableKeyPath<ServiceSettings.Thresholds, Int> & Sendable, ClosedRange<Int>,
        String)
    case share(String, WritableKeyPath<ServiceSettings.Thresholds, Double> & Sendable, String)
    case seconds(
        String, WritableKeyPath<ServiceSettings.Thresholds, Double> & Sendable, ClosedRange<Double>,
        String)

    static let all: [ThresholdField] = [
        .count("scan_hosts", \.scanHosts, 2...1_000_000, "called in vain within 5 minutes"),
        .count("scan_ports", \.scanPorts, 2...65_535, "of one host"),
        .count("slow_scan_hosts", \.slowScanHosts, 2...1_000_000, "within a day"),
        .count("slow_scan_ports", \.slowScanPorts, 2...65_535, "of one host within a day"),
        .count(
            "arp_scan_neighbours", \.scanNeighbours, 2...65_536,
            "asked for within 30 seconds and not there"),
        .count(
            "spray_hosts", \.sprayHosts, 2...1_000_000,
            "that one host tries passwords at in an hour"),
        .count(
            "lateral_hosts", \.lateralHosts, 2...1_000_000, "that one host is new at within a day"),
        .share("beacon_score", \.beaconScore, "0 to 1"),
        .octets(
            "exfiltration", \.exfiltrationOctets, 1...1_000_000_000_000,
            "sent to one peer within an hour, and unusual"),
        .count("tunnel_names", \.tunnelNames, 1...1_000_000, "below one domain within a day"),
        .count(
            "generated_names", \.generatedNames, 1...1_000_000, "that are not there, within an hour"
        ),
        .seconds(
            "long_connection", \.longConnectionSeconds, 60...2_592_000, "from which on it is told"),
    ]

    var name: String {
        switch self {
        case .count(let name, _, _, _), .octets(let name, _, _, _), .share(let name, _, _),
            .seconds(let name, _, _, _):
            name
        }
    }

    /// What it means, in a few words.
    var meaning: String {
        switch self {
        case .count(_, _, _, let text), .octets(_, _, _, let text), .share(_, _, let text),
            .seconds(_, _, _, let text):
            text
        }
    }

    func read(_ map: inout SettingsMapping, into thresholds: inout ServiceSettings.Thresholds) {
        switch self {
        case .count(let name, let path, let range, _):
            thresholds[keyPath: path] = map.count(name, thresholds[keyPath: path], range)
        case .octets(let name, let path, let range, _):
            thresholds[keyPath: path] = map.octets(name, thresholds[keyPath: path], range)
        case .share(let name, let path, _):
            thresholds[keyPath: path] = map.number(name, thresholds[keyPath: path], 0...1)
        case .seconds(let name, let path, let range, _):
            thresholds[keyPath: path] = map.seconds(name, thresholds[keyPath: path], range)
        }
    }

    /// The value as it is read.
    func text(_ thresholds: ServiceSettings.Thresholds) -> String {
        switch self {
        case .count(_, let path, _, _): "\(thresholds[keyPath: path])"
        case .octets(_, let path, _, _): SizeText.text(thresholds[keyPath: path])
        case .share(_, let path, _): "\(thresholds[keyPath: path])"
        case .seconds(_, let path, _, _): TimeText.text(thresholds[keyPath: path])
        }
    }
}
