// The lesser and the greater of eight floats side by side: one instruction each, which the compiler makes of a
// vector's `replacing(with:where:)` in small functions only.
#pragma once

typedef float ntds_lanes __attribute__((ext_vector_type(8)));

/// `b` where it is less than `a`, else `a`; so `a` where one of them is not a number.
static inline __attribute__((always_inline)) ntds_lanes ntds_lesser(ntds_lanes a, ntds_lanes b) {
    return b < a ? b : a;
}

/// `b` where it is greater than `a`, else `a`; so `a` where one of them is not a number.
static inline __attribute__((always_inline)) ntds_lanes ntds_greater(ntds_lanes a, ntds_lanes b) {
    return b > a ? b : a;
}
