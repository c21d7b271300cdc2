// Regular expressions that take time in proportion to their text, through RE2, as plain C.
//
// No C++ exception leaves the library, and nothing is written to standard error.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern.
typedef struct ntds_pattern ntds_pattern;

/// Compiles a pattern with at most `memory` octets for its automata. Null if it cannot be: then `error`, of
/// `error_capacity` octets, has the reason and ends with a zero.
ntds_pattern *ntds_pattern_make(
    const char *text, size_t length, size_t memory, char *error, size_t error_capacity);

/// Whether the whole text matches.
bool ntds_pattern_matches(const ntds_pattern *pattern, const char *text, size_t length);

void ntds_pattern_free(ntds_pattern *pattern);

#ifdef __cplusplus
}
#endif
