import Behaviours

extension ServiceSettings {
    /// All settings in force as a file that gives them again, each with what it means.
    package var yaml: String {
        var text = """
            # Settings of `ntds run`. All are optional; these are in force.

            # The folder of all that is kept.
            state: \(quoted(state))
            # How often everything learnt and seen is saved there.
            checkpoint: \(TimeText.text(checkpointSeconds))
            # Where /healthz, /readyz and /metrics are answered, or off.
            listen: \(listen.map { quoted("\($0)") } ?? "off")
            log:
              level: \(log.level.rawValue)      # debug, info, warning, error
              format: \(log.format.rawValue)     # text, json
            networks:
              # Own networks besides those that are private everywhere.
              inside: \(list(networks.inside.map { "\($0)" }))
              # Parts of the network with baselines of their own: name, and networks or vlans.
              scopes:\(networks.scopes.isEmpty ? " []" : "")

            """
        for scope in networks.scopes {
            text += "    - name: \(quoted(scope.name))\n"
            text += "      networks: \(list(scope.networks.map { "\($0)" }))\n"
            if !scope.vlans.isEmpty {
                text += "      vlans: \(list(scope.vlans.map(String.init)))\n"
            }
        }
        text += "  # What hosts are there for: \(Self.roleNames.joined(separator: ", ")).\n"
        text += "  roles:\(networks.roles.isEmpty ? " []" : "")\n"
        for role in networks.roles {
            text += "    - role: \(role.role)\n"
            text += "      hosts: \(list(role.networks.map { "\($0)" }))\n"
        }
        text +=
            "  # MaxMind DB files for countries and networks of addresses; Debian's database if there are none.\n"
        text += "  locations: \(list(networks.locations))\n"
        text += "sources:\(sources.isEmpty ? " []" : "")\n"
        for source in sources { text += self.text(source) }
        text += """
            baselines:
              learning: \(TimeText.text(baselines.learningSeconds))        # a population is only learnt from for so long
              minimum_flows: \(baselines.minimumFlows)   # and for so many flows
              refit: \(TimeText.text(baselines.refitSeconds))           # how often the model is fitted anew
              stale: \(TimeText.text(baselines.staleSeconds))          # silence after which a population is stale
              memory: \(SizeText.text(baselines.memoryOctets))
              confirmed_benign: \(baselines.isConfirmedBenign)  # whether the learning time is known to be free of attacks
              # What a service begins with that has learnt nothing itself: a file of `ntds baselines export`.
              \(importLine)
            detection:
              minimum_confidence: \(detection.minimumConfidence)  # belief from which on a threat is told
              half_life: \(TimeText.text(detection.halfLifeSeconds))       # evidence loses half of its weight in this time
              # How far evidence of a behaviour is believed, such as {beacon: 0.5}: 1 as it is, 0 not at all.
            \(behaviourNames)
              weights: \(weightsText)
              # From which size on a behaviour is told.
              thresholds:
            \(thresholdsText)
            retention:
              flows: \(store.isOn)         # whether flows are kept, as Parquet by date and hour
              age: \(TimeText.text(store.ageSeconds))
              size: \(SizeText.text(store.octets))
            output:
              threats: \(output.threats.map(quoted) ?? "''")      # JSON lines; threats.jsonl in the state folder if empty
              show: \(output.isShown)          # also in words on standard output

            """
        return text
    }

    private func text(_ source: Source) -> String {
        var text = "  - name: \(quoted(source.name))\n"
        switch source.kind {
        case .interfaces(let names, let filter, let buffer):
            text += "    interfaces: \(list(names))\n"
            if let filter { text += "    filter: \(quoted(filter))\n" }
            text += "    buffer: \(SizeText.text(buffer))\n"
        case .files(let paths): text += "    files: \(list(paths))\n"
        case .folder(let path): text += "    folder: \(quoted(path))\n"
        }
        if let speed = source.speed { text += "    speed: \(speed)\n" }
        return text
    }

    private var weightsText: String {
        let weights = BehaviourKind.allCases.compactMap { kind in
            detection.weights[kind].map { "\(kind.name): \($0)" }
        }
        return "{\(weights.joined(separator: ", "))}"
    }

    /// All behaviours, as remarks of a few lines.
    private var behaviourNames: String {
        var lines = ["  #"]
        for kind in BehaviourKind.allCases {
            if lines[lines.count - 1].utf8.count + kind.name.utf8.count > 100 {
                lines.append("  #")
            }
            lines[lines.count - 1] += " " + kind.name
        }
        return lines.joined(separator: "\n")
    }

    private var thresholdsText: String {
        ThresholdField.all.map { field in
            let setting = "    \(field.name): \(field.text(detection.thresholds))"
            let room = String(repeating: " ", count: max(2, 32 - setting.utf8.count))
            return setting + room + "# \(field.meaning)"
        }.joined(separator: "\n")
    }

    private var importLine: String {
        baselines.imported.map { "import: \(quoted($0))" } ?? "# import: FILE"
    }

    private func list(_ items: [String]) -> String {
        "[\(items.map(quoted).joined(separator: ", "))]"
    }

    /// As YAML reads it literally.
    private func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''") + "'"
    }
}
