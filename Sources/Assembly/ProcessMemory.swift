private import CMemory

/// How this process deals with the memory it frees.
package enum ProcessMemory {
    /// Keeps freed memory for the next batch instead of giving it back to the system page by page.
    ///
    /// Reading tables in batches allocates and frees megabytes hundreds of times; without this, a third
    /// of the processor time of a large run goes into clearing pages.
    package static func keepFreedPages() {
        ntds_keep_freed_memory()
    }
}
