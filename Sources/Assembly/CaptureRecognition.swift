import Capture
import Foundation
import Reports

/// Tells captures from other files.
enum CaptureRecognition {
    /// Whether a file is a capture by its first octets, packed or not. What only bears the name of one
    /// counts too, so that it is refused in the words of captures.
    static func isCapture(_ path: String) -> Bool {
        let type = try? FileManager.default.attributesOfItem(
            atPath: URL(filePath: path).resolvingSymlinksInPath().path)[.type]
        // Looking into a pipe would take from it.
        guard type as? FileAttributeType == .typeRegular else { return false }
        if InputFiles.hasCaptureName(path) { return true }
        do {
            _ = try CaptureFile(path: path)
            return true
        } catch {
            switch error {
            case .damaged(_, _, .cut(needed: 4, _)), .damaged(_, _, .compression): return false
            case .damaged: return true
            default: return false
            }
        }
    }
}
