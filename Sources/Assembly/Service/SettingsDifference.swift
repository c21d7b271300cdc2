import Behaviours

/// What differs between two settings, for the log.
enum SettingsDifference {
    struct Line: Equatable {
        var setting: String
        var from: String
        var to: String
        var effect: Effect
    }

    /// When a change is in force.
    enum Effect: Equatable {
        case atOnce
        /// Once the sources are opened anew, from the checkpoint.
        case reopening
        case restart
    }

    static func lines(from old: ServiceSettings, to new: ServiceSettings) -> [Line] {
        var lines: [Line] = []
        func compare<Value: Equatable>(
            _ setting: String, _ value: (ServiceSettings) -> Value, effect: Effect = .atOnce,
            _ text: (Value) -> String = { "\($0)" }
        ) {
            let (before, after) = (value(old), value(new))
            guard before != after else { return }
            lines.append(
                Line(
                    setting: setting, from: text(before), to: text(after),
                    effect: effect))
        }
        compare("state", \.state, effect: .restart)
        compare("checkpoint", \.checkpointSeconds, TimeText.text)
        compare("listen", \.listen, effect: .restart) { $0.map { "\($0)" } ?? "off" }
        compare("log.level", \.log.level)
        compare("log.format", \.log.format)
        compare("networks.inside", \.networks.inside)
        compare("networks.scopes", \.networks.scopes) { scopes in
            scopes.map { "\($0.name)=\($0.networks)\($0.vlans)" }.joined(separator: " ")
        }
        compare("networks.roles", \.networks.roles) { roles in
            roles.map { "\($0.role)=\($0.networks)" }.joined(separator: " ")
        }
        compare("networks.locations", \.networks.locations, effect: .reopening)
        compare("sources", \.sources, effect: .reopening) { sources in
            sources.map(\.name).joined(separator: " ")
        }
        compare(
            "baselines.learning", \.baselines.learningSeconds, effect: .reopening, TimeText.text)
        compare("baselines.minimum_flows", \.baselines.minimumFlows, effect: .reopening)
        compare("baselines.refit", \.baselines.refitSeconds, effect: .reopening, TimeText.text)
        compare("baselines.stale", \.baselines.staleSeconds, effect: .reopening, TimeText.text)
        compare("baselines.memory", \.baselines.memoryOctets, effect: .reopening)
        compare("baselines.confirmed_benign", \.baselines.isConfirmedBenign, effect: .reopening)
        compare("baselines.import", \.baselines.imported, effect: .reopening) { $0 ?? "" }
        compare("detection.minimum_confidence", \.detection.minimumConfidence)
        compare("detection.half_life", \.detection.halfLifeSeconds, TimeText.text)
        for kind in BehaviourKind.allCases {
            compare("detection.weights.\(kind.name)", { $0.detection.weights[kind] ?? 1 })
        }
        for field in ThresholdField.all {
            compare(
                "detection.thresholds.\(field.name)", { field.text($0.detection.thresholds) },
                effect: .reopening
            ) { $0 }
        }
        compare("retention.flows", \.store.isOn, effect: .reopening)
        compare("retention.age", \.store.ageSeconds, TimeText.text)
        compare("retention.size", \.store.octets)
        compare("output.threats", \.output.threats, effect: .reopening) { $0 ?? "" }
        compare("output.show", \.output.isShown, effect: .reopening)
        return lines
    }
}
