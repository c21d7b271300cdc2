#include "arrow_bridge.h"
#include "bridge_error.hpp"

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>
#include <parquet/properties.h>

#include <cmath>
#include <cstring>
#include <vector>

using ntds::guarded;

struct ntds_parquet_writer {
    std::shared_ptr<arrow::Schema> schema;
    std::vector<ntds_element> elements;
    std::shared_ptr<arrow::io::FileOutputStream> sink;
    std::unique_ptr<parquet::arrow::FileWriter> file;
    std::vector<std::shared_ptr<arrow::Array>> columns;
};

namespace {

std::shared_ptr<arrow::DataType> type_of(ntds_element element) {
    switch (element) {
    case NTDS_INT64: return arrow::int64();
    case NTDS_DOUBLE:
    case NTDS_DOUBLE_OR_NULL: return arrow::float64();
    case NTDS_FLOAT: return arrow::float32();
    case NTDS_INT8: return arrow::int8();
    case NTDS_MICROSECONDS: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case NTDS_WORDS: return arrow::dictionary(arrow::int32(), arrow::utf8());
    }
    return arrow::null();
}

// Wraps the caller's memory: the batch is written before the caller's call returns it.
template <typename ArrayType>
std::shared_ptr<arrow::Array> wrap(const void *values, int64_t rows, int64_t width) {
    auto buffer = std::make_shared<arrow::Buffer>(static_cast<const uint8_t *>(values), rows * width);
    return std::make_shared<ArrayType>(rows, buffer);
}

template <typename Builder, typename Element, typename Missing>
arrow::Result<std::shared_ptr<arrow::Array>> nullable(const void *values, int64_t rows, Missing missing) {
    const auto *typed = static_cast<const Element *>(values);
    Builder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(rows));
    for (int64_t row = 0; row < rows; row++) {
        if (missing(typed[row])) {
            builder.UnsafeAppendNull();
        } else {
            builder.UnsafeAppend(typed[row]);
        }
    }
    return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> dictionary(const void *codes, int64_t rows, const char *const *words,
                                                        int64_t word_count) {
    arrow::StringBuilder builder;
    for (int64_t word = 0; word < word_count; word++) ARROW_RETURN_NOT_OK(builder.Append(words[word]));
    ARROW_ASSIGN_OR_RAISE(auto values, builder.Finish());
    return arrow::DictionaryArray::FromArrays(arrow::dictionary(arrow::int32(), arrow::utf8()),
                                              wrap<arrow::Int32Array>(codes, rows, 4), values);
}

} // namespace

extern "C" int ntds_parquet_create(const char *path, const char *const *names, const ntds_element *elements,
                                   int32_t count, ntds_parquet_writer **writer, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        auto made = std::make_unique<ntds_parquet_writer>();
        arrow::FieldVector fields;
        for (int32_t column = 0; column < count; column++) {
            fields.push_back(arrow::field(names[column], type_of(elements[column])));
            made->elements.push_back(elements[column]);
        }
        made->schema = arrow::schema(fields);
        ARROW_ASSIGN_OR_RAISE(made->sink, arrow::io::FileOutputStream::Open(path));
        parquet::WriterProperties::Builder properties;
        properties.compression(parquet::Compression::ZSTD)->compression_level(1);
        for (int32_t column = 0; column < count; column++) { // floating point rarely repeats: no dictionary
            if (elements[column] != NTDS_WORDS && elements[column] != NTDS_INT8 && elements[column] != NTDS_DOUBLE) {
                properties.disable_dictionary(names[column]);
            }
        }
        ARROW_ASSIGN_OR_RAISE(made->file, parquet::arrow::FileWriter::Open(*made->schema, arrow::default_memory_pool(),
                                                                          made->sink, properties.build()));
        *writer = made.release();
        return arrow::Status::OK();
    });
}

extern "C" int ntds_parquet_put(ntds_parquet_writer *writer, const void *values, int64_t rows,
                                const char *const *words, int64_t word_count, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        std::shared_ptr<arrow::Array> column;
        switch (writer->elements[writer->columns.size()]) {
        case NTDS_INT64: column = wrap<arrow::Int64Array>(values, rows, 8); break;
        case NTDS_MICROSECONDS: {
            const auto whole = wrap<arrow::Int64Array>(values, rows, 8);
            ARROW_ASSIGN_OR_RAISE(column, whole->View(type_of(NTDS_MICROSECONDS)));
            break;
        }
        case NTDS_DOUBLE: column = wrap<arrow::DoubleArray>(values, rows, 8); break;
        case NTDS_FLOAT: column = wrap<arrow::FloatArray>(values, rows, 4); break;
        case NTDS_WORDS: {
            ARROW_ASSIGN_OR_RAISE(column, dictionary(values, rows, words, word_count));
            break;
        }
        case NTDS_INT8: {
            ARROW_ASSIGN_OR_RAISE(column, (nullable<arrow::Int8Builder, int8_t>(
                                              values, rows, [](int8_t value) { return value < 0; })));
            break;
        }
        case NTDS_DOUBLE_OR_NULL: {
            ARROW_ASSIGN_OR_RAISE(column, (nullable<arrow::DoubleBuilder, double>(
                                              values, rows, [](double value) { return std::isnan(value); })));
            break;
        }
        }
        writer->columns.push_back(std::move(column));
        return arrow::Status::OK();
    });
}

extern "C" int ntds_parquet_flush(ntds_parquet_writer *writer, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        auto columns = std::move(writer->columns);
        writer->columns.clear();
        const int64_t rows = columns.empty() ? 0 : columns[0]->length();
        const auto table = arrow::Table::Make(writer->schema, columns, rows);
        return writer->file->WriteTable(*table, rows > 0 ? rows : 1);
    });
}

extern "C" int ntds_parquet_finish(ntds_parquet_writer *writer, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        ARROW_RETURN_NOT_OK(writer->file->Close());
        return writer->sink->Close();
    });
}

extern "C" void ntds_parquet_release(ntds_parquet_writer *writer) { delete writer; }
