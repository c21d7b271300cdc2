import Flows
import NetworkTypes
package import Threats

/// What an alert is about: the same labels are the same alert, however often and in whatever words it is told.
package struct AlertLabels: Hashable, Sendable {
    package let model: ThreatModel
    /// `host`, `pair`, `application` or `network`.
    package let entityKind: String
    /// The entity in words: an address, `A -> B`, a name, a prefix.
    package let entity: String
    /// "" for threats that are about no single application.
    package let application: String
    /// The operator's name of the part of the network, "" without one.
    package let scope: String

    package init(
        model: ThreatModel, entityKind: String, entity: String, application: String = "",
        scope: String = ""
    ) {
        self.model = model
        (self.entityKind, self.entity) = (entityKind, entity)
        (self.application, self.scope) = (application, scope)
    }

    package init(_ threat: Threat) {
        self.init(
            model: threat.model, entityKind: threat.entity.kind, entity: "\(threat.entity)",
            application: threat.application, scope: threat.scope)
    }

    /// The hash of the labels.
    package var fingerprint: Fingerprint {
        var hash = StableHash()
        for text in [model.rawValue, entityKind, entity, application, scope] {
            hash.combine(text.utf8Span.span)
        }
        return Fingerprint(value: hash.value)
    }

    /// By name, as matchers and receivers see them; empty ones are left out.
    package var named: [(name: String, value: String)] {
        [
            ("alertname", model.rawValue), ("entity_kind", entityKind), ("entity", entity),
            ("application", application), ("scope", scope),
        ].filter { !$0.1.isEmpty }
    }
}

/// The identity of an alert, computed from its labels.
package struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    /// Reads sixteen hexadecimal digits.
    package init?(_ text: String) {
        guard text.utf8.count == 16, let value = UInt64(text, radix: 16) else { return nil }
        self.value = value
    }

    /// Sixteen hexadecimal digits.
    package var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
