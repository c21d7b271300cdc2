// Finds octets 64 at a time: the one thing a table scanner needs that Swift's vectors do not give
// (a bit mask of a comparison). Header only; plain C where there is neither AVX2 nor SSE2.
#pragma once

#include <stdint.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
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
#if defined(__AVX2__)
    const __m256i d = _mm256_set1_epi8((char)delimiter);
    const __m256i n = _mm256_set1_epi8('\n');
    const __m256i q = _mm256_set1_epi8('"');
    for (int part = 0; part < 2; part++) {
        const __m256i block = _mm256_loadu_si256((const __m256i *)(octets + 32 * part));
        masks.delimiters |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, d)) << (32 * part);
        masks.lineFeeds |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, n)) << (32 * part);
        masks.quotes |= (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, q)) << (32 * part);
    }
#elif defined(__SSE2__)
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
