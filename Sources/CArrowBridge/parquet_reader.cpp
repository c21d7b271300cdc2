#include "arrow_bridge.h"
#include "bridge_error.hpp"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/properties.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

using ntds::guarded;
using ntds::raise;

struct ntds_parquet_reader {
    std::unique_ptr<parquet::arrow::FileReader> file;
    std::shared_ptr<arrow::Schema> schema;
    std::vector<std::string> names;
    std::vector<int> leaves; // first leaf column of each top-level field, as Parquet counts them
    std::unique_ptr<arrow::RecordBatchReader> batches;
    std::vector<int> order; // selected column -> field of a batch
    std::shared_ptr<arrow::RecordBatch> batch;
    int64_t rows = 0;
    // the words of the column last asked for: views into `held`, the last one "" if a value was missing
    std::shared_ptr<arrow::Array> held;
    std::vector<std::string_view> words;
};

namespace {

bool is_text(const arrow::DataType &type) {
    switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
        return true;
    case arrow::Type::DICTIONARY:
        return is_text(*static_cast<const arrow::DictionaryType &>(type).value_type());
    default:
        return false;
    }
}

bool is_number(const arrow::DataType &type) {
    return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) || type.id() == arrow::Type::BOOL ||
           arrow::is_decimal(type.id());
}

// Dictionary-encoded text stays so; a second opening with these properties is the only way Arrow has.
parquet::ArrowReaderProperties properties(const parquet::FileMetaData &metadata, int64_t batch_rows) {
    parquet::ArrowReaderProperties chosen(/*use_threads=*/true);
    for (int leaf = 0; leaf < metadata.num_columns(); leaf++) {
        if (metadata.schema()->Column(leaf)->physical_type() == parquet::Type::BYTE_ARRAY) {
            chosen.set_read_dictionary(leaf, true);
        }
    }
    chosen.set_batch_size(batch_rows);
    chosen.set_pre_buffer(false);
    return chosen;
}

template <typename ArrayType>
void copy_numbers(const arrow::Array &array, double *values) {
    const auto &typed = static_cast<const ArrayType &>(array);
    const auto *raw = typed.raw_values();
    const int64_t rows = array.length();
    for (int64_t row = 0; row < rows; row++) {
        values[row] = static_cast<double>(raw[row]);
    }
    if (array.null_count() > 0) {
        for (int64_t row = 0; row < rows; row++) {
            if (array.IsNull(row)) values[row] = std::numeric_limits<double>::quiet_NaN();
        }
    }
}

void copy_instants(const arrow::Array &array, double *values) {
    copy_numbers<arrow::TimestampArray>(array, values);
    double factor = 1, divisor = 1;
    switch (static_cast<const arrow::TimestampType &>(*array.type()).unit()) {
    case arrow::TimeUnit::SECOND: factor = 1e6; break;
    case arrow::TimeUnit::MILLI: factor = 1e3; break;
    case arrow::TimeUnit::MICRO: return;
    case arrow::TimeUnit::NANO: divisor = 1e3; break;
    }
    for (int64_t row = 0; row < array.length(); row++) values[row] = std::floor(values[row] * factor / divisor);
}

// "12", "1.5E7", "Infinity", "NaN" and "" (missing); anything else is counted.
double parse_number(std::string_view text, int64_t &bad) {
    const double missing = std::numeric_limits<double>::quiet_NaN();
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    if (text.empty() || text == "NA") return missing;
    if (text.front() == '+') text.remove_prefix(1);
    double value = missing;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code == std::errc() && end == text.data() + text.size()) return value;
    if (code == std::errc::result_out_of_range && end == text.data() + text.size()) return value;
    bad++;
    const uint64_t bits = NTDS_BAD_NUMBER;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// The distinct values of a text array as views, and a code for each row.
struct Words {
    std::vector<std::string_view> &words;
    uint32_t *codes;

    template <typename ArrayType>
    void plain(const arrow::Array &array) {
        const auto &typed = static_cast<const ArrayType &>(array);
        std::unordered_map<std::string_view, uint32_t> known;
        for (int64_t row = 0; row < array.length(); row++) {
            std::string_view word = array.IsNull(row) ? std::string_view() : typed.GetView(row);
            auto [entry, fresh] = known.try_emplace(word, static_cast<uint32_t>(words.size()));
            if (fresh) words.push_back(word);
            codes[row] = entry->second;
        }
    }

    void values(const arrow::Array &array) {
        switch (array.type_id()) {
        case arrow::Type::STRING: all<arrow::StringArray>(array); break;
        case arrow::Type::LARGE_STRING: all<arrow::LargeStringArray>(array); break;
        case arrow::Type::BINARY: all<arrow::BinaryArray>(array); break;
        default: all<arrow::LargeBinaryArray>(array); break;
        }
    }

    template <typename ArrayType>
    void all(const arrow::Array &array) {
        const auto &typed = static_cast<const ArrayType &>(array);
        for (int64_t at = 0; at < array.length(); at++) {
            words.push_back(array.IsNull(at) ? std::string_view() : typed.GetView(at));
        }
    }

    arrow::Status dictionary(const arrow::DictionaryArray &array) {
        values(*array.dictionary());
        const auto count = static_cast<int64_t>(words.size());
        const uint32_t missing = static_cast<uint32_t>(count);
        words.push_back(std::string_view());
        for (int64_t row = 0; row < array.length(); row++) {
            if (array.IsNull(row)) {
                codes[row] = missing;
                continue;
            }
            const int64_t code = array.GetValueIndex(row);
            if (code < 0 || code >= count) return arrow::Status::Invalid("dictionary code out of range");
            codes[row] = static_cast<uint32_t>(code);
        }
        return arrow::Status::OK();
    }
};

arrow::Status numbers_of_text(ntds_parquet_reader &reader, const arrow::Array &array, double *values,
                              int64_t &bad) {
    std::vector<uint32_t> codes(static_cast<size_t>(array.length()));
    std::vector<std::string_view> words;
    Words collector{words, codes.data()};
    if (array.type_id() == arrow::Type::DICTIONARY) {
        ARROW_RETURN_NOT_OK(collector.dictionary(static_cast<const arrow::DictionaryArray &>(array)));
    } else if (array.type_id() == arrow::Type::LARGE_STRING) {
        collector.plain<arrow::LargeStringArray>(array);
    } else if (array.type_id() == arrow::Type::STRING) {
        collector.plain<arrow::StringArray>(array);
    } else {
        return arrow::Status::TypeError("cannot read ", array.type()->ToString(), " as numbers");
    }
    std::vector<double> parsed(words.size());
    std::vector<int64_t> wrong(words.size(), 0);
    for (size_t word = 0; word < words.size(); word++) parsed[word] = parse_number(words[word], wrong[word]);
    for (int64_t row = 0; row < array.length(); row++) {
        values[row] = parsed[codes[row]];
        bad += wrong[codes[row]];
    }
    return arrow::Status::OK();
}

arrow::Status read_numbers(ntds_parquet_reader &reader, const arrow::Array &array, double *values, int64_t &bad) {
    switch (array.type_id()) {
    case arrow::Type::INT8: copy_numbers<arrow::Int8Array>(array, values); break;
    case arrow::Type::INT16: copy_numbers<arrow::Int16Array>(array, values); break;
    case arrow::Type::INT32: copy_numbers<arrow::Int32Array>(array, values); break;
    case arrow::Type::INT64: copy_numbers<arrow::Int64Array>(array, values); break;
    case arrow::Type::UINT8: copy_numbers<arrow::UInt8Array>(array, values); break;
    case arrow::Type::UINT16: copy_numbers<arrow::UInt16Array>(array, values); break;
    case arrow::Type::UINT32: copy_numbers<arrow::UInt32Array>(array, values); break;
    case arrow::Type::UINT64: copy_numbers<arrow::UInt64Array>(array, values); break;
    case arrow::Type::FLOAT: copy_numbers<arrow::FloatArray>(array, values); break;
    case arrow::Type::DOUBLE: copy_numbers<arrow::DoubleArray>(array, values); break;
    case arrow::Type::TIMESTAMP: copy_instants(array, values); break;
    case arrow::Type::BOOL: {
        const auto &typed = static_cast<const arrow::BooleanArray &>(array);
        for (int64_t row = 0; row < array.length(); row++) {
            values[row] = array.IsNull(row) ? std::numeric_limits<double>::quiet_NaN() : typed.Value(row);
        }
        break;
    }
    default:
        if (arrow::is_decimal(array.type_id())) {
            for (int64_t row = 0; row < array.length(); row++) {
                ARROW_ASSIGN_OR_RAISE(auto scalar, array.GetScalar(row));
                values[row] = parse_number(scalar->is_valid ? scalar->ToString() : std::string(), bad);
            }
            break;
        }
        return numbers_of_text(reader, array, values, bad);
    }
    return arrow::Status::OK();
}

} // namespace

extern "C" int ntds_parquet_open(const char *path, ntds_parquet_reader **reader, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        auto made = std::make_unique<ntds_parquet_reader>();
        ARROW_ASSIGN_OR_RAISE(auto source, arrow::io::ReadableFile::Open(path));
        // the C library's memory, which the process keeps between batches; Arrow's own pool gives its back
        arrow::MemoryPool *pool = arrow::system_memory_pool();
        const parquet::ReaderProperties reading(pool);
        const auto metadata = parquet::ParquetFileReader::Open(source, reading)->metadata();
        parquet::arrow::FileReaderBuilder builder;
        ARROW_RETURN_NOT_OK(builder.Open(source, reading, metadata));
        builder.memory_pool(pool);
        builder.properties(properties(*metadata, 1 << 16));
        ARROW_RETURN_NOT_OK(builder.Build(&made->file));
        ARROW_RETURN_NOT_OK(made->file->GetSchema(&made->schema));
        made->rows = metadata->num_rows();
        for (const auto &field : made->schema->fields()) made->names.push_back(field->name());
        int leaf = 0;
        for (const auto &field : made->schema->fields()) {
            made->leaves.push_back(leaf);
            const auto *node = metadata->schema()->group_node()->field(static_cast<int>(made->leaves.size()) - 1).get();
            std::vector<const parquet::schema::Node *> open{node};
            while (!open.empty()) { // count the leaves below this field
                const auto *next = open.back();
                open.pop_back();
                if (next->is_primitive()) {
                    leaf++;
                } else {
                    const auto *group = static_cast<const parquet::schema::GroupNode *>(next);
                    for (int child = 0; child < group->field_count(); child++) open.push_back(group->field(child).get());
                }
            }
            (void)field;
        }
        *reader = made.release();
        return arrow::Status::OK();
    });
}

extern "C" void ntds_parquet_close(ntds_parquet_reader *reader) { delete reader; }

extern "C" int32_t ntds_parquet_column_count(const ntds_parquet_reader *reader) {
    return static_cast<int32_t>(reader->names.size());
}

extern "C" int64_t ntds_parquet_row_count(const ntds_parquet_reader *reader) { return reader->rows; }

extern "C" const char *ntds_parquet_column_name(const ntds_parquet_reader *reader, int32_t column) {
    return reader->names[static_cast<size_t>(column)].c_str();
}

extern "C" ntds_column_kind ntds_parquet_column_kind(const ntds_parquet_reader *reader, int32_t column) {
    const auto &type = *reader->schema->field(column)->type();
    return is_text(type) ? NTDS_COLUMN_TEXT : is_number(type) ? NTDS_COLUMN_NUMBER : NTDS_COLUMN_OTHER;
}

extern "C" int ntds_parquet_select(ntds_parquet_reader *reader, const int32_t *columns, int32_t count,
                                   int64_t batch_rows, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        std::vector<int> leaves, fields(columns, columns + count), groups;
        for (int field : fields) leaves.push_back(reader->leaves[static_cast<size_t>(field)]);
        for (int group = 0; group < reader->file->num_row_groups(); group++) groups.push_back(group);
        reader->file->set_batch_size(batch_rows);
#if ARROW_VERSION_MAJOR >= 21
        ARROW_ASSIGN_OR_RAISE(reader->batches, reader->file->GetRecordBatchReader(groups, leaves));
#else
        ARROW_RETURN_NOT_OK(reader->file->GetRecordBatchReader(groups, leaves, &reader->batches));
#endif
        // a batch has its columns in file order, whatever order was asked for
        reader->order.clear();
        for (int field : fields) {
            int place = 0;
            for (int other : fields) place += other < field;
            reader->order.push_back(place);
        }
        return arrow::Status::OK();
    });
}

extern "C" int ntds_parquet_next(ntds_parquet_reader *reader, int64_t *rows, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        do {
            ARROW_RETURN_NOT_OK(reader->batches->ReadNext(&reader->batch));
        } while (reader->batch && reader->batch->num_rows() == 0);
        *rows = reader->batch ? reader->batch->num_rows() : 0;
        return arrow::Status::OK();
    });
}

extern "C" int ntds_parquet_numbers(ntds_parquet_reader *reader, int32_t selected, double *values, int64_t *bad,
                                    ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        const auto array = reader->batch->column(reader->order[static_cast<size_t>(selected)]);
        return read_numbers(*reader, *array, values, *bad);
    });
}

extern "C" int ntds_parquet_words(ntds_parquet_reader *reader, int32_t selected, uint32_t *codes,
                                  int64_t *word_count, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        reader->held = reader->batch->column(reader->order[static_cast<size_t>(selected)]);
        reader->words.clear();
        const arrow::Array &array = *reader->held;
        Words collector{reader->words, codes};
        switch (array.type_id()) {
        case arrow::Type::DICTIONARY:
            ARROW_RETURN_NOT_OK(collector.dictionary(static_cast<const arrow::DictionaryArray &>(array)));
            break;
        case arrow::Type::STRING: collector.plain<arrow::StringArray>(array); break;
        case arrow::Type::LARGE_STRING: collector.plain<arrow::LargeStringArray>(array); break;
        case arrow::Type::BINARY: collector.plain<arrow::BinaryArray>(array); break;
        case arrow::Type::LARGE_BINARY: collector.plain<arrow::LargeBinaryArray>(array); break;
        default: return arrow::Status::TypeError("cannot read ", array.type()->ToString(), " as text");
        }
        *word_count = static_cast<int64_t>(reader->words.size());
        return arrow::Status::OK();
    });
}

extern "C" void ntds_parquet_word(const ntds_parquet_reader *reader, int64_t word, const char **octets,
                                  int64_t *length) {
    const auto &view = reader->words[static_cast<size_t>(word)];
    *octets = view.data();
    *length = static_cast<int64_t>(view.size());
}
