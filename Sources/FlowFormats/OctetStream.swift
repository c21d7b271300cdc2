private import Glibc

/// Standard output, a pipe or a device: octets go out as they come.
///
/// A reader who goes away is no error: `write` says so, and nothing more is written. The owner of the process must
/// ignore `SIGPIPE`, which would end it first.
struct OctetStream: ~Copyable {
    let name: String
    private let descriptor: Int32
    private let isOwned: Bool
    /// Whether the reader has gone.
    private var isClosed = false

    /// A descriptor of the owner, who closes it.
    init(descriptor: Int32, name: String) {
        (self.descriptor, self.name, isOwned) = (descriptor, name, false)
    }

    /// A pipe or device by its path.
    init(path: String) throws(TableError) {
        descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        (name, isOwned) = (path, true)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: lastSystemError()) }
    }

    deinit { if isOwned, descriptor >= 0 { close(descriptor) } }

    /// - Returns: whether the reader has gone.
    mutating func write(_ text: borrowing TextBuffer) throws(TableError) -> Bool {
        isClosed = unsafe try text.withOctets { octets throws(TableError) in
            unsafe try Self.write(octets, to: descriptor, name: name, isClosed: isClosed)
        }
        return isClosed
    }

    private static func write(
        _ octets: UnsafeRawBufferPointer, to descriptor: Int32, name: String, isClosed: Bool
    ) throws(TableError) -> Bool {
        var written = 0
        while written < octets.count, !isClosed {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: octets[written...])
            let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // somebody made the pipe non-blocking: wait for room
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&entry, 1, -1)
            case EPIPE: return true
            default: throw .cannotWrite(path: name, reason: lastSystemError())
            }
        }
        return isClosed
    }
}

/// What stands at a path to be written to.
enum WritePlace {
    /// A file or nothing: written beside and renamed.
    case file
    /// A pipe or a device: written as it is.
    case stream

    init(path: String) throws(TableError) {
        // These name an open descriptor, even if that is one of a file: nothing may be renamed over them.
        if ["/dev/stdout", "/dev/stderr"].contains(path) || path.hasPrefix("/dev/fd/")
            || path.hasPrefix("/proc/self/fd/")
        {
            self = .stream
            return
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            self = .file
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .file
        case S_IFDIR: throw .cannotWrite(path: path, reason: "it is a folder")
        default: self = .stream
        }
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The octets of a file, 0 if it cannot be seen.
    static func octets(_ path: String) -> Int {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}
