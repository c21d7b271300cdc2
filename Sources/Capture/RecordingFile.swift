private import Glibc

/// A capture file being written, which gets its name when it is whole.
///
/// Octets go to a neighbour with the suffix `.partial`. When the disk is full the neighbour is cut back to whole
/// records and stays; it is removed if the value is dropped before `finish`. A pipe or device at the path is
/// written to as it is.
struct RecordingFile: ~Copyable {
    private static let bufferOctets = 1 << 20

    let path: String
    /// Octets of whole records, buffered ones too.
    private(set) var octets: UInt64 = 0
    /// `nil` if the path is that of a pipe or device.
    private let partialPath: String?
    private var descriptor: CInt
    private var buffer: [UInt8] = []
    private var written: UInt64 = 0

    /// Whether all octets were handed to the system.
    var isDrained: Bool { buffer.isEmpty }

    init(path: String) throws(CaptureError) {
        self.path = path
        let isStream = Self.isStream(path)
        partialPath = isStream ? nil : path + ".partial"
        descriptor =
            isStream
            ? unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
            : unsafe open(path + ".partial", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw .cannotWrite(path: path, kept: nil, reason: lastSystemError())
        }
        buffer.reserveCapacity(Self.bufferOctets + Int(CaptureLimits.frameOctets) + 64)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if let partialPath { unsafe unlink(partialPath) }
    }

    /// Whether something other than a file stands there, or the name is that of an open descriptor.
    private static func isStream(_ path: String) -> Bool {
        if path.hasPrefix("/dev/fd/") || path.hasPrefix("/proc/self/fd/") { return true }
        if ["/dev/stdout", "/dev/stderr"].contains(path) { return true }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
    }

    /// Adds one whole record: what `build` appends.
    mutating func add(_ build: (inout [UInt8]) -> Void) throws(CaptureError) {
        let before = buffer.count
        build(&buffer)
        octets &+= UInt64(buffer.count - before)
        if buffer.count >= Self.bufferOctets { try drain() }
    }

    /// Writes what is left and gives the file its name.
    mutating func finish() throws(CaptureError) {
        try drain()
        let isClosed = close(descriptor) == 0
        descriptor = -1
        guard let partialPath else { return }
        guard isClosed, unsafe rename(partialPath, path) == 0 else {
            throw .cannotWrite(path: path, kept: partialPath, reason: lastSystemError())
        }
    }

    private mutating func drain() throws(CaptureError) {
        guard descriptor >= 0 else { return }
        var done = 0
        while done < buffer.count {
            let count = unsafe buffer.withUnsafeBytes { octets in
                unsafe write(
                    descriptor, octets.baseAddress.map { unsafe $0 + done }, octets.count - done)
            }
            if count < 0 {
                if errno == EINTR { continue }
                let reason = lastSystemError()
                // The last buffer began with a whole record: what lies before it can be read.
                if partialPath != nil { _ = ftruncate(descriptor, off_t(clamping: written)) }
                close(descriptor)
                descriptor = -1
                throw .cannotWrite(path: path, kept: partialPath, reason: reason)
            }
            done += count
        }
        written &+= UInt64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
