#include "c_memory.h"

#if defined(__GLIBC__) || defined(__linux__)
#include <malloc.h>
#endif

void ntds_keep_freed_memory(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    mallopt(M_TOP_PAD, 64 << 20);
#endif
}

void ntds_return_freed_memory(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    mallopt(M_ARENA_MAX, 2);
#endif
}

void ntds_trim_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(1 << 20);
#endif
}
