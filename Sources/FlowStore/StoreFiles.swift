private import Glibc

/// The few things that a store asks of the file system.
enum StoreFiles {
    /// The names in a folder, sorted; none if it has gone.
    static func names(in folder: String) throws(FlowStoreError) -> [String] {
        guard let handle = unsafe opendir(folder) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw failure(folder)
        }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            // SAFETY: the entry lives until the next call; its name ends with a zero.
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { octets in
                unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a folder with those above it, each on the disk before the next; none if it is there.
    static func makeFolder(_ path: String) throws(FlowStoreError) {
        if unsafe access(path, F_OK) == 0 { return }
        let above = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !above.isEmpty { try makeFolder(above) }
        guard unsafe mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
        try sync(above.isEmpty ? "/" : above)
    }

    /// Puts a whole file on the disk and then under its name.
    static func publish(
        _ hidden: String, as final: String, in folder: String
    ) throws(FlowStoreError) {
        try sync(hidden)
        guard unsafe rename(hidden, final) == 0 else { throw failure(final) }
        try sync(folder)
    }

    /// Removes a file; one that has gone is no failure.
    static func remove(_ path: String) throws(FlowStoreError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
    }

    /// Removes a folder if nothing is in it.
    static func removeEmpty(_ path: String) { unsafe rmdir(path) }

    static func octets(_ path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    private static func sync(_ path: String) throws(FlowStoreError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> FlowStoreError {
        .folder(path: path, reason: unsafe String(cString: strerror(errno)))
    }
}
