import Glibc

/// The system's words for what went wrong last.
enum SystemErrorText {
    static var last: String { unsafe String(cString: strerror(errno)) }
}
