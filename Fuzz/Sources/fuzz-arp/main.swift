import CFuzzer
import NetworkTypes
import Wire

func decode(_ input: UnsafeRawBufferPointer) {
    guard
        let message = try? ARPMessage(input.bytes, timestamp: Timestamp(nanoseconds: 0))
    else { return }
    precondition(message.senderAddress.isIPv4 && message.targetAddress.isIPv4)
    precondition(message.senderMAC.description.utf8.count == 17)
}

var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
_ = LLVMFuzzerRunDriver(&count, &arguments) { data, size in
    decode(UnsafeRawBufferPointer(start: data, count: size))
    return 0
}
