package import Behaviours
package import NetworkTypes

/// All that `ntds run` can be told.
package struct ServiceSettings: Sendable, Equatable {
    /// The folder of all that is kept.
    package var state = "./ntds-data"
    /// How often everything learnt and seen is saved there, on the wall; 0 after every portion of flows.
    package var checkpointSeconds = 300.0
    /// Where health, readiness and metrics are asked for; `nil` for nowhere.
    package var listen: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 9470)
    package var log = Log()
    package var networks = Networks()
    package var sources: [Source] = []
    package var baselines = Baselines()
    package var detection = Detection()
    package var store = Store()
    package var output = Output()

    package init() {}

    /// A host or address and a port.
    package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
        package var host: String
        package var port: Int
        package var description: String {
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    package struct Log: Sendable, Equatable {
        package enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }
        package enum Format: String, Sendable, CaseIterable { case text, json }
        package var level = Level.info
        package var format = Format.text
    }

    package struct Networks: Sendable, Equatable {
        /// Own networks besides those that are private everywhere.
        package var inside: [IPPrefix] = []
        package var scopes: [Scope] = []
        package var roles: [Role] = []
        /// MaxMind DB files that know countries and networks of addresses; Debian's database if there are none.
        package var locations: [String] = []

        /// A part of the network with baselines of its own.
        package struct Scope: Sendable, Equatable {
            package var name: String
            package var networks: [IPPrefix]
            /// 1…4094; of flows whose inside end lies in no scope by its address.
            package var vlans: [UInt16] = []
        }

        /// What some hosts are there for.
        package struct Role: Sendable, Equatable {
            package var role: String
            package var networks: [IPPrefix]
        }
    }

    package struct Source: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            /// Interfaces, listened to together.
            case interfaces([String], filter: String?, bufferOctets: Int)
            /// Captures, logs and tables, recognised by their content, one after the other.
            case files([String])
            /// A folder whose files are read once they are whole, logs as they grow.
            case folder(String)
        }
        package var name: String
        package var kind: Kind
        /// Event time over time on the wall; `nil` for as fast as can be.
        package var speed: Double?

        /// Whether others write to it while it is read.
        package var isLive: Bool {
            if case .files = kind { return false }
            return true
        }
    }

    package struct Baselines: Sendable, Equatable {
        /// How long a population is only learnt from.
        package var learningSeconds = 86_400.0
        /// Flows before a population is ready.
        package var minimumFlows = 500
        /// How often the model is fitted anew.
        package var refitSeconds = 86_400.0
        /// Silence after which a population is stale.
        package var staleSeconds = 30 * 86_400.0
        package var memoryOctets = 96 << 20
        /// The learning time is known to be free of attacks.
        package var isConfirmedBenign = false
        /// A file of baselines learnt elsewhere, with which a service begins that has learnt nothing itself.
        package var imported: String?
    }

    package struct Detection: Sendable, Equatable {
        /// Belief from which on a threat is told.
        package var minimumConfidence = 0.6
        /// Time in which evidence loses half of its weight.
        package var halfLifeSeconds = 86_400.0
        /// How far evidence of a behaviour is believed: 1 as it is (also where there is no entry), 0 not at all.
        package var weights: [BehaviourKind: Double] = [:]
        package var thresholds = Thresholds()
    }

    package struct Store: Sendable, Equatable {
        package var isOn = true
        package var ageSeconds = 30 * 86_400.0
        package var octets = 20_000_000_000
    }

    package struct Output: Sendable, Equatable {
        /// A JSON-lines file, `-` for standard output; `nil` for threats.jsonl in the state folder.
        package var threats: String?
        /// Whether threats are also told on standard output in words.
        package var isShown = true
    }
}

extension ServiceSettings.Source {
    /// Sources by the names of interfaces, files and folders: interfaces together, captures together, each log,
    /// table and folder by itself, so that all are gone through in the order of time.
    package static func named(_ names: [String], filter: String?) -> [ServiceSettings.Source] {
        var interfaces: [String] = []
        var captures: [String] = []
        var others: [ServiceSettings.Source] = []
        for name in names {
            switch PathKind(name) {
            case .folder: others.append(.init(name: name, kind: .folder(name)))
            case .file where CaptureRecognition.isCapture(name): captures.append(name)
            case .file: others.append(.init(name: name, kind: .files([name])))
            case .absent: interfaces.append(name)
            }
        }
        var result: [ServiceSettings.Source] = []
        if !interfaces.isEmpty {
            result.append(
                .init(
                    name: interfaces.joined(separator: "+"),
                    kind: .interfaces(interfaces, filter: filter, bufferOctets: 64 << 20)))
        }
        if !captures.isEmpty {
            let name = captures.count == 1 ? captures[0] : "\(captures[0]) and more"
            result.append(.init(name: name, kind: .files(captures)))
        }
        return result + others
    }
}
