private import CArrowBridge
private import Glibc

/// An open file of the operating system, closed with the last reference.
final class OpenFile {
    let descriptor: Int32
    let size: Int

    init(path: String) throws(TableError) {
        // O_NONBLOCK: opening a pipe without a writer must not wait; files do not heed it
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotOpen(path: path, reason: lastSystemError()) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw .cannotOpen(
                path: path,
                reason: isFolder ? "it is a folder" : "it is no regular file: save it to one first")
        }
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }
}

/// An open compressed stream.
@safe final class Inflater {
    private let pointer: OpaquePointer

    init(path: String, isGzip: Bool) throws(TableError) {
        var opened: OpaquePointer?
        var failure = ntds_error()
        let code = unsafe ntds_inflater_open(
            path, isGzip ? NTDS_GZIP : NTDS_ZSTD, &opened, &failure)
        guard code == 0, let opened = unsafe opened else {
            throw .cannotOpen(path: path, reason: failure.message)
        }
        unsafe pointer = opened
    }

    deinit { unsafe ntds_inflater_close(pointer) }

    /// How many octets of the compressed file were consumed.
    var position: Int { Int(unsafe ntds_inflater_position(pointer)) }

    /// Up to `buffer.count` octets of plain text; 0 at the end, the reason on damage.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int, DamagedStream> {
        var count: Int64 = 0
        var failure = ntds_error()
        let code = unsafe ntds_inflater_read(
            pointer, buffer.baseAddress, Int64(buffer.count), &count, &failure)
        return code == 0 ? .success(Int(count)) : .failure(DamagedStream(reason: failure.message))
    }
}

/// Why a compressed stream cannot be read on.
struct DamagedStream: Error { let reason: String }

/// An open Parquet file.
@safe final class ParquetHandle {
    let pointer: OpaquePointer

    init(path: String) throws(TableError) {
        var opened: OpaquePointer?
        var failure = ntds_error()
        let code = unsafe ntds_parquet_open(path, &opened, &failure)
        guard code == 0, let opened = unsafe opened else {
            throw .notATable(path: path, reason: failure.message)
        }
        unsafe pointer = opened
    }

    deinit { unsafe ntds_parquet_close(pointer) }
}

/// What the last system call complained of.
func lastSystemError() -> String { unsafe String(cString: strerror(errno)) }

extension ntds_error {
    /// The text as Arrow gave it.
    var message: String {
        unsafe withUnsafeBytes(of: text) { octets in
            unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// A file cannot be read on, at a row.
    func unreadable(_ path: String, row: Int) -> TableError {
        .unreadable(path: path, row: row, reason: message)
    }
}
