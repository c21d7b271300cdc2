// The tuning of the C library's allocator, which the toolchain's module map of it leaves out.
#pragma once

/// Memory that is freed stays with the process, for the next batch.
void ntds_keep_freed_memory(void);
