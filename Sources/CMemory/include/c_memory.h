// The tuning of the C library's allocator, which the toolchain's module map of it leaves out.
#pragma once

/// Memory that is freed stays with the process, for the next batch.
void ntds_keep_freed_memory(void);

/// Large pieces of memory that are freed go back to the system: for a process that runs for months and needs them
/// once a day. Takes back what `ntds_keep_freed_memory` did.
void ntds_return_freed_memory(void);

/// Gives back to the system what is free now.
void ntds_trim_memory(void);
