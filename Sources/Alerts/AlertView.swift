import Threats

/// An alert as matchers of routes and silences see it: its labels, and what may change.
extension Alert: LabelSource {
    /// Besides the labels there are `severity`, `tier` (0 to 6), `handling` and `condition`.
    package subscript(label name: String) -> String {
        switch name {
        case "severity": severity.name
        case "tier": tier.map(String.init) ?? ""
        case "handling": handling.name
        case "condition": condition.rawValue
        default: labels[label: name]
        }
    }
}

extension AlertLabels: LabelSource {
    package subscript(label name: String) -> String {
        switch name {
        case "alertname": model.rawValue
        case "entity_kind": entityKind
        case "entity": entity
        case "application": application
        case "scope": scope
        default: ""
        }
    }
}
