// Parquet files and compressed streams through Apache Arrow C++, as plain C.
//
// Columns cross this border as caller-owned arrays of one element type each; no Arrow type does.
// Every function that can fail returns 0 on success and -1 on failure, and then leaves a text in the
// caller's `struct ntds_error`. No C++ exception leaves the library.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What went wrong, as Arrow says it; always terminated by a zero.
struct ntds_error {
    char text[512];
};

// --- reading Parquet ------------------------------------------------------------------------------

struct ntds_parquet_reader;

/// What a column can be read as.
enum ntds_column_kind {
    NTDS_COLUMN_NUMBER = 0, // integers, floating point, booleans, decimals
    NTDS_COLUMN_TEXT = 1,
    NTDS_COLUMN_OTHER = 2, // nested and temporal types
};

int ntds_parquet_open(const char *path, struct ntds_parquet_reader **reader, struct ntds_error *error);
void ntds_parquet_close(struct ntds_parquet_reader *reader);
int32_t ntds_parquet_column_count(const struct ntds_parquet_reader *reader);
int64_t ntds_parquet_row_count(const struct ntds_parquet_reader *reader);
/// The name of a column of the file; lives as long as the reader.
const char *ntds_parquet_column_name(const struct ntds_parquet_reader *reader, int32_t column);
enum ntds_column_kind ntds_parquet_column_kind(const struct ntds_parquet_reader *reader, int32_t column);

/// Chooses the columns of the file to be read, in this order; once, before the first batch.
int ntds_parquet_select(struct ntds_parquet_reader *reader, const int32_t *columns, int32_t count,
                        int64_t batch_rows, struct ntds_error *error);
/// Goes to the next batch; `rows` is 0 at the end.
int ntds_parquet_next(struct ntds_parquet_reader *reader, int64_t *rows, struct ntds_error *error);
/// The bits of what stands in for text that is no number: a NaN unlike those that are computed.
#define NTDS_BAD_NUMBER 0x7FF8000000000BADULL

/// The `selected`-th chosen column of this batch as numbers, NaN where missing; text is read as
/// numbers where it is one, and counted in `bad` and marked by NTDS_BAD_NUMBER where it is none.
/// Instants are microseconds since 1970, of whatever unit they were.
int ntds_parquet_numbers(struct ntds_parquet_reader *reader, int32_t selected, double *values,
                         int64_t *bad, struct ntds_error *error);
/// The same column as codes into the words of this batch; a missing value has the code of "".
int ntds_parquet_words(struct ntds_parquet_reader *reader, int32_t selected, uint32_t *codes,
                       int64_t *word_count, struct ntds_error *error);
/// A word of the column last read by `ntds_parquet_words`; lives until the next such call.
void ntds_parquet_word(const struct ntds_parquet_reader *reader, int64_t word, const char **octets,
                       int64_t *length);

// --- writing Parquet ------------------------------------------------------------------------------

struct ntds_parquet_writer;

enum ntds_element {
    NTDS_INT64 = 0,
    NTDS_DOUBLE = 1,
    NTDS_FLOAT = 2,
    NTDS_WORDS = 3,    // uint32_t codes
    NTDS_INT8 = 4,     // negative is missing
    NTDS_DOUBLE_OR_NULL = 5, // NaN is missing
    NTDS_MICROSECONDS = 6,   // int64_t, instants since 1970, UTC
};

int ntds_parquet_create(const char *path, const char *const *names, const enum ntds_element *elements,
                        int32_t count, struct ntds_parquet_writer **writer, struct ntds_error *error);
/// One column of the batch under way; columns come in order. `words`, their lengths and count are read
/// for NTDS_WORDS only.
int ntds_parquet_put(struct ntds_parquet_writer *writer, const void *values, int64_t rows,
                     const char *const *words, int64_t word_count, struct ntds_error *error);
/// Writes the batch whose columns were put.
int ntds_parquet_flush(struct ntds_parquet_writer *writer, struct ntds_error *error);
/// Writes the footer and closes the file.
int ntds_parquet_finish(struct ntds_parquet_writer *writer, struct ntds_error *error);
void ntds_parquet_release(struct ntds_parquet_writer *writer);

// --- compressed streams ------------------------------------------------------------------------------

struct ntds_inflater;

enum ntds_codec { NTDS_GZIP = 0, NTDS_ZSTD = 1 };

int ntds_inflater_open(const char *path, enum ntds_codec codec, struct ntds_inflater **inflater,
                       struct ntds_error *error);
/// Up to `capacity` octets of plain text; `count` is 0 at the end.
int ntds_inflater_read(struct ntds_inflater *inflater, void *octets, int64_t capacity, int64_t *count,
                       struct ntds_error *error);
/// How many octets of the compressed file were consumed.
int64_t ntds_inflater_position(const struct ntds_inflater *inflater);
void ntds_inflater_close(struct ntds_inflater *inflater);

#ifdef __cplusplus
}
#endif
