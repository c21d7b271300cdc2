private import Glibc

/// A file that appears under its name only when it is whole.
///
/// Octets go to a neighbour with the suffix `.partial`, which is renamed at the end and removed if the
/// value is dropped before that.
package struct AtomicFile: ~Copyable {
    package let path: String
    private let partialPath: String
    private var descriptor: Int32
    private var buffer: [UInt8] = []

    package init(path: String) throws(TableError) {
        self.path = path
        partialPath = path + ".partial"
        descriptor = unsafe open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: lastSystemError()) }
    }

    deinit {
        if descriptor >= 0 {
            close(descriptor)
            unsafe unlink(partialPath)
        }
    }

    package mutating func write(_ text: String) throws(TableError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count > 1 << 18 { try drain() }
    }

    package mutating func write(_ octets: [UInt8]) throws(TableError) {
        buffer.append(contentsOf: octets)
        if buffer.count > 1 << 18 { try drain() }
    }

    /// Writes what is left and gives the file its name.
    package consuming func finish() throws(TableError) {
        try drain()
        let closed = close(descriptor)
        descriptor = -1
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
                throw .cannotWrite(path: path, reason: lastSystemError())
            }
            written += count
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
