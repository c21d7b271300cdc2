private import Glibc

/// The octets of a capture in order: of a file, a pipe or standard input, inflated if they are compressed.
///
/// Files are read, not mapped. A mapped file that another process cuts short ends the program by SIGBUS;
/// and reading into a small buffer that stays in the cache takes less time than the page faults of a mapping
/// (1.1 to 1.4 times as many frames per second, for frames of 60 to 1,500 octets).
struct OctetInput: ~Copyable {
    /// What an attempt to read gave.
    enum Outcome {
        case octets(Int)
        /// A pipe had nothing for `patience`.
        case waiting
        case end
        case failed(Failure)
    }

    enum Failure {
        case system(reason: String)
        case damage(CaptureDamage)
    }

    /// Milliseconds that a pipe may keep us waiting.
    private static let patience: CInt = 100
    private static let packedOctets = 1 << 17

    let path: String
    /// Octets of the file; `nil` of a pipe.
    let size: UInt64?
    /// Octets taken from the file so far.
    private(set) var consumed: UInt64 = 0

    private let descriptor: CInt
    private let isPipe: Bool
    private let closesDescriptor: Bool
    private var isPackingKnown = false
    private var inflater: (any Inflater)?
    /// Octets as they came; from `packedStart` to `packedEnd` they are not yet inflated or handed on.
    private var packed: [UInt8] = [0, 0, 0, 0]
    private var packedStart = 0
    private var packedEnd = 0
    private var isAtEnd = false
    /// Whether the inflater filled all the room it had, and may hold more.
    private var mayHoldMore = false
    private var pendingFailure: Failure?

    /// - Parameter path: a file or named pipe; `-` is standard input.
    init(path: String) throws(CaptureError) {
        self.path = path == "-" ? "standard input" : path
        closesDescriptor = path != "-"
        descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, reason: lastSystemError())
        }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            if closesDescriptor { close(descriptor) }
            throw .cannotOpen(path: self.path, reason: "it is a folder: name the captures in it")
        }
        let isRegular = status.st_mode & S_IFMT == S_IFREG
        isPipe = !isRegular
        size = isRegular ? UInt64(max(0, status.st_size)) : nil
        if isRegular { _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL) }
    }

    deinit {
        if closesDescriptor { close(descriptor) }
    }

    /// Reads some octets into a place that is not empty.
    mutating func read(into place: UnsafeMutableRawBufferPointer) -> Outcome {
        if !isPackingKnown, let outcome = recognisePacking() { return outcome }
        if let failure = pendingFailure { return .failed(failure) }
        if inflater != nil { return unsafe inflate(into: place) }
        if packedStart < packedEnd {
            let count = min(place.count, packedEnd - packedStart)
            unsafe place.copyBytes(from: packed[packedStart..<packedStart + count])
            packedStart += count
            return .octets(count)
        }
        return unsafe readDescriptor(into: place)
    }

    /// Looks at the first four octets; `nil` when they are known, or the source has ended before.
    private mutating func recognisePacking() -> Outcome? {
        while packedEnd < 4 {
            switch refillPacked(from: packedEnd) {
            case .octets: continue
            case .end:
                isPackingKnown = true
                return nil
            case .waiting: return .waiting
            case .failed(let failure): return .failed(failure)
            }
        }
        isPackingKnown = true
        inflater = makeInflater(magic: packed)
        if inflater != nil {
            packed += [UInt8](repeating: 0, count: Self.packedOctets - packed.count)
        }
        return nil
    }

    private mutating func inflate(into place: UnsafeMutableRawBufferPointer) -> Outcome {
        guard let inflater else { return .end }
        while true {
            if packedStart == packedEnd, !isAtEnd, !mayHoldMore {
                packedStart = 0
                packedEnd = 0
                switch refillPacked(from: 0) {
                case .octets: break
                case .end: isAtEnd = true
                case .waiting: return .waiting
                case .failed(let failure): return .failed(failure)
                }
            }
            let hadInput = packedStart < packedEnd
            let step = unsafe packed.withUnsafeBytes { packed in
                unsafe inflater.inflate(
                    UnsafeRawBufferPointer(rebasing: packed[packedStart..<packedEnd]), into: place)
            }
            packedStart += step.consumed
            mayHoldMore = step.produced == place.count
            if let problem = step.problem {
                pendingFailure = .damage(.compression(problem))
            } else if step.produced == 0, step.consumed == 0, hadInput || isAtEnd {
                if !hadInput, inflater.isBetweenFrames { return .end }
                pendingFailure = .damage(
                    .compression(hadInput ? "no progress" : "they end early"))
            }
            if step.produced > 0 { return .octets(step.produced) }
            if let pendingFailure { return .failed(pendingFailure) }
        }
    }

    /// Reads on into `packed` from a place in it.
    private mutating func refillPacked(from start: Int) -> Outcome {
        // Taken out of `self` for the time of the call, without a copy.
        var octets: [UInt8] = []
        swap(&octets, &packed)
        defer { swap(&octets, &packed) }
        let outcome = unsafe octets.withUnsafeMutableBytes { octets in
            unsafe readDescriptor(into: UnsafeMutableRawBufferPointer(rebasing: octets[start...]))
        }
        if case .octets(let count) = outcome { packedEnd = start + count }
        return outcome
    }

    private mutating func readDescriptor(into place: UnsafeMutableRawBufferPointer) -> Outcome {
        if isPipe {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = unsafe poll(&request, 1, Self.patience)
            if ready == 0 || (ready < 0 && errno == EINTR) { return .waiting }
        }
        while true {
            let count = unsafe Glibc.read(descriptor, place.baseAddress, place.count)
            if count > 0 {
                consumed += UInt64(count)
                return .octets(count)
            }
            if count == 0 { return .end }
            if errno == EAGAIN { return .waiting }
            if errno != EINTR { return .failed(.system(reason: lastSystemError())) }
        }
    }
}
