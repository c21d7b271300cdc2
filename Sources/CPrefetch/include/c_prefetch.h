// The processor's instruction to fetch memory early, which Swift has no name for.
#pragma once

#include <stddef.h>

/// Has the processor fetch so many octets from a place into its caches: a hint, whatever the place is.
static inline void ntds_prefetch(const void *_Nonnull place, size_t count)
{
    for (size_t offset = 0; offset < count; offset += 64) __builtin_prefetch((const char *)place + offset);
}
