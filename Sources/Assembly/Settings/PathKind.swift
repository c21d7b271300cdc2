import Foundation

/// What lies under a path.
enum PathKind {
    case file, folder, absent

    init(_ path: String) {
        var isFolder: ObjCBool = false
        let isThere = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        self = isThere ? (isFolder.boolValue ? .folder : .file) : .absent
    }
}
