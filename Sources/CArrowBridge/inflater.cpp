#include "arrow_bridge.h"
#include "bridge_error.hpp"

#include <arrow/api.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

using ntds::guarded;

struct ntds_inflater {
    std::shared_ptr<arrow::io::ReadableFile> file;
    std::unique_ptr<arrow::util::Codec> codec;
    std::shared_ptr<arrow::io::CompressedInputStream> stream;
};

extern "C" int ntds_inflater_open(const char *path, ntds_codec codec, ntds_inflater **inflater, ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        auto made = std::make_unique<ntds_inflater>();
        ARROW_ASSIGN_OR_RAISE(made->file, arrow::io::ReadableFile::Open(path));
        const auto kind = codec == NTDS_GZIP ? arrow::Compression::GZIP : arrow::Compression::ZSTD;
        ARROW_ASSIGN_OR_RAISE(made->codec, arrow::util::Codec::Create(kind));
        ARROW_ASSIGN_OR_RAISE(made->stream, arrow::io::CompressedInputStream::Make(made->codec.get(), made->file));
        *inflater = made.release();
        return arrow::Status::OK();
    });
}

extern "C" int ntds_inflater_read(ntds_inflater *inflater, void *octets, int64_t capacity, int64_t *count,
                                  ntds_error *error) {
    return guarded(error, [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(*count, inflater->stream->Read(capacity, octets));
        return arrow::Status::OK();
    });
}

extern "C" int64_t ntds_inflater_position(const ntds_inflater *inflater) {
    return inflater->file->Tell().ValueOr(0);
}

extern "C" void ntds_inflater_close(ntds_inflater *inflater) { delete inflater; }
