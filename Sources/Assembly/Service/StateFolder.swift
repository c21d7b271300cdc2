import Foundation

/// The folder of all that the service keeps, used by one service at a time.
final class StateFolder {
    let path: String
    private let lock: FileHandle

    /// Makes the folder if there is none, and locks it.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
        } catch {
            throw ServiceError.state(path: path, reason: SystemErrorText.last)
        }
        let lockPath = path + "/lock"
        let descriptor = unsafe open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw ServiceError.state(path: lockPath, reason: SystemErrorText.last)
        }
        lock = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ServiceError.state(path: path, reason: "another ntds run uses it")
        }
    }

    /// A number that nobody outside knows, the same as long as the folder lives.
    func secret() throws -> UInt64 {
        if let octets = try read("secret", limit: 64), octets.count == 8 {
            return octets.reduce(0) { $0 << 8 | UInt64($1) }
        }
        let secret = UInt64.random(in: 1 ... .max)
        let octets = stride(from: 56, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: secret >> $0)
        }
        try write(octets, to: "secret")
        return secret
    }

    /// The name of the file with the token of the API.
    static let tokenName = "api.token"
    /// The name of the file with the address at which the API answers.
    static let addressName = "api.address"

    /// What who asks the API must show, the same as long as the folder lives; readable for its owner alone.
    func token() throws -> String {
        if let octets = try read(Self.tokenName, limit: 256) {
            let token = String(decoding: octets, as: UTF8.self).filter { !$0.isWhitespace }
            guard token.utf8.count >= 16 else {
                throw ServiceError.state(
                    path: file(Self.tokenName),
                    reason: "shorter than 16 characters: remove it for a new one")
            }
            return token
        }
        let octets = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let digits = Array("0123456789abcdef")
        let token = String(octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        try write(Array((token + "\n").utf8), to: Self.tokenName, mode: 0o600)
        return token
    }

    /// Leaves the address for commands of the same machine.
    static func noteAddress(_ host: String, _ port: Int, in path: String) {
        let name = ["0.0.0.0", "::", ""].contains(host) ? "127.0.0.1" : host
        let text = name.contains(":") ? "[\(name)]:\(port)\n" : "\(name):\(port)\n"
        try? Data(text.utf8).write(to: URL(filePath: path + "/" + addressName), options: .atomic)
    }

    /// Nobody answers there any more.
    static func removeAddress(in path: String) { unsafe unlink(path + "/" + addressName) }

    func file(_ name: String) -> String { path + "/" + name }

    /// Replaces a file at once, and on disk.
    func write(_ bytes: [UInt8], to name: String, mode: mode_t = 0o640) throws {
        try replace(name, mode: mode) { output in try output.write(contentsOf: bytes) }
    }

    /// Replaces a file at once by what `body` writes, and on disk; if it throws, or a crash comes, everything
    /// stays as it was.
    func replace(
        _ name: String, mode: mode_t = 0o640, _ body: (FileHandle) throws -> Void
    ) throws {
        let target = file(name)
        let partial = target + ".partial"
        do {
            let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
            guard descriptor >= 0 else { throw Self.lastFailure(target) }
            let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
            try body(output)
            try output.synchronize()
            try output.close()
        } catch {
            unsafe unlink(partial)
            if error is ServiceError { throw error }
            throw ServiceError.state(path: target, reason: "\(error.localizedDescription)")
        }
        guard unsafe rename(partial, target) == 0 else { throw Self.lastFailure(target) }
        // The name is on the disk when its folder is.
        let folder = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Keeps a file under another name, for somebody to look at.
    func setAside(_ name: String, as other: String) {
        unsafe unlink(file(other))
        _ = unsafe link(file(name), file(other))
    }

    private static func lastFailure(_ path: String) -> ServiceError {
        .state(path: path, reason: SystemErrorText.last)
    }

    /// What a file holds; `nil` if there is none.
    func read(_ name: String, limit: Int) throws -> [UInt8]? {
        guard let handle = FileHandle(forReadingAtPath: file(name)) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: limit + 1), data.count <= limit else {
            throw ServiceError.state(path: file(name), reason: "longer than \(limit) octets")
        }
        return [UInt8](data)
    }
}
