private import CMemory
private import Glibc

/// How this process deals with the memory it frees.
package enum ProcessMemory {
    /// Keeps freed memory for the next batch instead of giving it back to the system page by page.
    ///
    /// Reading tables in batches allocates and frees megabytes hundreds of times; without this, a third
    /// of the processor time of a large run goes into clearing pages.
    package static func keepFreedPages() {
        ntds_keep_freed_memory()
    }

    /// Gives large freed pieces back to the system, for a process that runs for months and needs them seldom.
    static func returnFreedPages() {
        ntds_return_freed_memory()
    }

    /// Gives back to the system what is free now: after work that is seldom done.
    static func trim() {
        ntds_trim_memory()
    }

    /// Resident octets and processor seconds of this process so far.
    static func usage() -> (residentOctets: Int, cpuSeconds: Double) {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        // The second number of statm is the resident set in pages.
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return (0, seconds) }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&line, 128, file) != nil else { return (0, seconds) }
        let words = String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .split(separator: " ")
        let pages = words.count > 1 ? Int(words[1]) ?? 0 : 0
        return (pages * Int(getpagesize()), seconds)
    }
}
