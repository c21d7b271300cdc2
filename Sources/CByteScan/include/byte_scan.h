// Finds octets 64 at a time: the one thing a table scanner needs that Swift's vectors do not give
// (a bit mask of a comparison). Header only; plain C where there is neither SSE2 nor NEON.
#pragma once

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Which of the 64 octets at `octets` are delimiters (`delimiter`), which line feeds, and whether any
/// is a quotation mark; bit 0 is the first octet.
struct ntds_octet_masks {
    uint64_t delimiters;
    uint64_t lineFeeds;
    uint64_t quotes;
};

static inline struct ntds_octet_masks ntds_scan_64(const uint8_t *octets, uint8_t delimiter) {
    struct ntds_octet_masks masks = {0, 0, 0};
#if defined(__SSE2__)
    const __m128i d = _mm_set1_epi8((char)delimiter);
    const __m128i n = _mm_set1_epi8('\n');
    const __m128i q = _mm_set1_epi8('"');
    for (int part = 0; part < 4; part++) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(octets + 16 * part));
        masks.delimiters |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, d)) << (16 * part);
        masks.lineFeeds |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, n)) << (16 * part);
        masks.quotes |= (uint64_t)(uint16_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, q)) << (16 * part);
    }
#else
    for (int at = 0; at < 64; at++) {
        masks.delimiters |= (uint64_t)(octets[at] == delimiter) << at;
        masks.lineFeeds |= (uint64_t)(octets[at] == '\n') << at;
        masks.quotes |= (uint64_t)(octets[at] == '"') << at;
    }
#endif
    return masks;
}
