private import Glibc

/// A file that appears under its name only when it is whole.
///
/// Octets go to a neighbour with the suffix `.partial`, which is renamed at the end and removed if the
/// value is dropped before that. A pipe or device at the path is written to as it is.
package struct AtomicFile: ~Copyable {
    package let path: String
    /// `nil` if the path is that of a pipe or device.
    private let partialPath: String?
    private let keepsLines: Bool
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    /// Octets that the system has taken.
    private var octets = 0

    /// - Parameter keepsLines: Whether the neighbour stays, with its whole lines, when the disk is full.
    package init(path: String, keepsLines: Bool = false) throws(TableError) {
        let isStream = (try? WritePlace(path: path)) == .stream
        self.path = path
        self.keepsLines = keepsLines
        partialPath = isStream ? nil : path + ".partial"
        descriptor =
            isStream
            ? unsafe open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
            : unsafe open(path + ".partial", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: lastSystemError()) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if let partialPath { unsafe unlink(partialPath) }
    }

    package mutating func write(_ text: String) throws(TableError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > 1 << 18 { try drain() }
    }

    package mutating func write(_ octets: [UInt8]) throws(TableError) {
        buffer.append(contentsOf: octets)
        if buffer.count > 1 << 18 { try drain() }
    }

    mutating func write(_ text: borrowing TextBuffer) throws(TableError) {
        unsafe text.withOctets { octets in unsafe buffer.append(contentsOf: octets) }
        if buffer.count > 1 << 18 { try drain() }
    }

    /// Writes what is left and gives the file its name.
    package consuming func finish() throws(TableError) {
        try drain()
        let closed = close(descriptor)
        descriptor = -1
        guard let partialPath else { return }
        guard closed == 0, unsafe rename(partialPath, path) == 0 else {
            let reason = lastSystemError()
            unsafe unlink(partialPath)
            throw .cannotWrite(path: path, reason: reason)
        }
    }

    private mutating func drain() throws(TableError) {
        var written = 0
        while written < buffer.count {
            let count = unsafe buffer.withUnsafeBytes { octets in
                unsafe Glibc.write(
                    descriptor, octets.baseAddress.map { unsafe $0 + written },
                    octets.count - written)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw .cannotWrite(path: path, reason: kept(written, lastSystemError()))
            }
            written += count
        }
        octets += written
        buffer.removeAll(keepingCapacity: true)
    }

    /// Leaves the neighbour with its whole lines, if it is to be kept and has any.
    ///
    /// - Parameter written: Octets of the buffer that the system has taken.
    /// - Returns: The reason, with where the lines are.
    private mutating func kept(_ written: Int, _ reason: String) -> String {
        // What was drained before may end within a line.
        guard keepsLines, let partialPath else { return reason }
        let newline = UInt8(ascii: "\n")
        guard
            let end = buffer[..<written].lastIndex(of: newline).map({ octets + $0 + 1 })
                ?? lineEnd()
        else { return reason }
        _ = ftruncate(descriptor, off_t(end))
        close(descriptor)
        descriptor = -1
        return "\(reason); what was written stays in \(partialPath)"
    }

    /// The end of the last whole line among the octets drained before.
    private func lineEnd() -> Int? {
        let length = min(octets, 1 << 20)
        var tail = [UInt8](repeating: 0, count: length)
        let start = octets - length
        guard unsafe pread(descriptor, &tail, length, off_t(start)) == length else { return nil }
        return tail.lastIndex(of: UInt8(ascii: "\n")).map { start + $0 + 1 }
    }
}
