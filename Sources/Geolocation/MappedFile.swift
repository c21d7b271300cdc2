import Glibc

/// A file of the system seen as memory, readable at checked positions only.
///
/// A file that another process cuts short while it is mapped ends the program by SIGBUS, here as in every
/// library that maps its database: replace databases by renaming a new file onto the old one.
@safe final class MappedFile: Sendable {
    let count: Int
    // SAFETY: never written after the initialiser, and unmapped by deinit only.
    private nonisolated(unsafe) let start: UnsafeRawPointer

    init(_ path: String) throws(LocationDatabaseError) {
        let (descriptor, size) = try Self.openRegular(path)
        defer { close(descriptor) }
        guard size > 0 else { throw .unreadable(file: path, reason: "the file is empty") }
        let mapping = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let mapping = unsafe mapping, unsafe mapping != MAP_FAILED else {
            throw .unreadable(file: path, reason: systemReason())
        }
        count = size
        unsafe start = UnsafeRawPointer(mapping)
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: start), count)
    }

    /// The big-endian number at this offset, `nil` where the file has no four bytes.
    func word(at offset: Int) -> UInt32? {
        guard offset >= 0, offset <= count - 4 else { return nil }
        // SAFETY: the four bytes lie inside the mapping.
        return UInt32(
            bigEndian: unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func byte(at offset: Int) -> UInt8? {
        guard offset >= 0, offset < count else { return nil }
        // SAFETY: the byte lies inside the mapping.
        return unsafe start.load(fromByteOffset: offset, as: UInt8.self)
    }

    /// Opens what must be a regular file: a pipe or device could block or never end.
    private static func openRegular(_ path: String) throws(LocationDatabaseError) -> (CInt, Int) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: systemReason()) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .unreadable(file: path, reason: "not a regular file")
        }
        return (descriptor, Int(status.st_size))
    }
}

/// The system's words for its last error.
func systemReason() -> String {
    var text = [CChar](repeating: 0, count: 128)
    _ = unsafe strerror_r(errno, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
