internal import CNDPIShim
internal import Flows

/// What nDPI made of a flow, as numbers; most flows have no texts.
struct Verdict {
    var numbers = Numbers()
    var texts: Texts?

    struct Numbers: Hashable {
        var carrier: UInt16 = 0
        var application: UInt16 = 0
        var category: UInt16 = 0
        var confidence: ApplicationLabel.Confidence = .unknown
        /// A bit for each risk, by nDPI's number.
        var risks: UInt64 = 0
    }

    final class Texts {
        let serverName: String?
        let ja3: String?
        let ja3Server: String?

        init(serverName: String?, ja3: String?, ja3Server: String?) {
            self.serverName = serverName
            self.ja3 = ja3
            self.ja3Server = ja3Server
        }
    }

    init() {}

    /// Copies what must outlive the flow's state.
    init(_ found: ntds_dpi_verdict) {
        numbers.carrier = unsafe found.carrier
        numbers.application = unsafe found.application
        numbers.category = unsafe found.category
        numbers.confidence = Self.confidence(unsafe found.confidence)
        numbers.risks = unsafe found.risks
        // SAFETY: the pointers lie in the flow's state, which the caller resets afterwards; the host's name is
        // read up to its capacity, a fingerprint is 32 digits long.
        let serverName = unsafe found.hostName.flatMap {
            unsafe WireText.clean(UnsafeRawBufferPointer(start: $0, count: found.hostNameCapacity))
        }
        let ja3 = unsafe Self.fingerprint(found.clientFingerprint)
        let ja3Server = unsafe Self.fingerprint(found.serverFingerprint)
        if serverName != nil || ja3 != nil || ja3Server != nil {
            texts = Texts(serverName: serverName, ja3: ja3, ja3Server: ja3Server)
        }
    }

    private static func fingerprint(_ text: UnsafePointer<CChar>?) -> String? {
        // SAFETY: the shim gives 32 digits or nothing.
        unsafe text.map {
            unsafe String(decoding: UnsafeRawBufferPointer(start: $0, count: 32), as: UTF8.self)
        }
    }

    private static func confidence(_ value: UInt8) -> ApplicationLabel.Confidence {
        switch ntds_dpi_confidence(rawValue: UInt32(value)) {
        case ntds_dpi_by_port: .port
        case ntds_dpi_by_address: .address
        case ntds_dpi_by_cache: .cache
        case ntds_dpi_in_part: .partial
        case ntds_dpi_by_payload: .payload
        default: .unknown
        }
    }
}
