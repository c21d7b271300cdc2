import CFuzzer
import NetworkTypes
import Wire

func decode(_ input: UnsafeRawBufferPointer) {
    _ = try? DNSMessage(segment: input.bytes)
    guard let message = try? DNSMessage(datagram: input.bytes) else { return }
    precondition(message.queryName.octetCount <= 255)
    precondition(message.addressCount <= 4)
    precondition(message.answerOctets <= input.count)
    // Escaped, an octet takes at most four characters.
    precondition(message.queryName.description.utf8.count <= 4 * 255)
}

var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    decode(UnsafeRawBufferPointer(start: data, count: size))
    return 0
}
