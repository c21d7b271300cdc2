// Finds octets many at a time: what a table scanner needs that Swift does not give (a bit mask of a
// comparison of vectors, and the place of a mask's n-th bit). Header only; plain C where the machine
// has no such instructions.
#pragma once

#include <stdint.h>

#if defined(__AVX2__) || defined(__BMI2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Which of the 64 octets at `octets` are delimiters (`delimiter`), which line feeds and which quotation
/// marks; bit 0 is the first octet.
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

/// Which of the 32 octets at `octets` are decimal digits and which points; bit 0 is the first octet.
struct ntds_number_masks {
    uint32_t digits;
    uint32_t points;
};

static inline struct ntds_number_masks ntds_number_masks_32(const uint8_t *octets) {
    struct ntds_number_masks masks = {0, 0};
#if defined(__AVX2__)
    const __m256i block = _mm256_loadu_si256((const __m256i *)octets);
    const __m256i values = _mm256_sub_epi8(block, _mm256_set1_epi8('0'));
    const __m256i isDigit = _mm256_cmpeq_epi8(_mm256_min_epu8(values, _mm256_set1_epi8(9)), values);
    masks.digits = (uint32_t)_mm256_movemask_epi8(isDigit);
    masks.points = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(block, _mm256_set1_epi8('.')));
#elif defined(__SSE2__)
    for (int part = 0; part < 2; part++) {
        const __m128i block = _mm_loadu_si128((const __m128i *)(octets + 16 * part));
        const __m128i values = _mm_sub_epi8(block, _mm_set1_epi8('0'));
        const __m128i isDigit = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
        const __m128i isPoint = _mm_cmpeq_epi8(block, _mm_set1_epi8('.'));
        masks.digits |= (uint32_t)(uint16_t)_mm_movemask_epi8(isDigit) << (16 * part);
        masks.points |= (uint32_t)(uint16_t)_mm_movemask_epi8(isPoint) << (16 * part);
    }
#else
    for (int at = 0; at < 32; at++) {
        masks.digits |= (uint32_t)((uint8_t)(octets[at] - '0') <= 9) << at;
        masks.points |= (uint32_t)(octets[at] == '.') << at;
    }
#endif
    return masks;
}

/// The place of the n-th set bit of `mask`, counted from 0; there must be that many.
static inline int64_t ntds_place_of_bit(uint64_t mask, int64_t n) {
#if defined(__BMI2__)
    return (int64_t)__builtin_ctzll(_pdep_u64((uint64_t)1 << n, mask));
#else
    for (; n > 0; n--) mask &= mask - 1;
    return (int64_t)__builtin_ctzll(mask);
#endif
}
