/// Which end of a flow is public.
///
/// Populations take flows with exactly one public end: inbound and outbound.
package enum FlowDirection: UInt8, Sendable, CaseIterable {
    /// The initiator is public, the responder inside.
    case inbound
    /// The initiator is inside, the responder public.
    case outbound
    /// Both ends are inside.
    case `internal`
    /// Both ends are public.
    case transit
    /// The table has no addresses that can be judged.
    case unknown

    package init(initiatorIsPublic: Bool, responderIsPublic: Bool) {
        self =
            switch (initiatorIsPublic, responderIsPublic) {
            case (true, false): .inbound
            case (false, true): .outbound
            case (false, false): .internal
            case (true, true): .transit
            }
    }

    /// The word of tables and figures.
    package var name: String { Self.names[Int(rawValue)] }

    private static let names = ["inbound", "outbound", "internal", "transit", "unknown"]
}
