#include "re2_shim.h"

#include <re2/re2.h>

#include <cstdio>
#include <new>

struct ntds_pattern {
    re2::RE2 expression;

    ntds_pattern(const char *text, size_t length, const re2::RE2::Options &options)
        : expression(re2::StringPiece(text, length), options) {}
};

ntds_pattern *ntds_pattern_make(
    const char *text, size_t length, size_t memory, char *error, size_t error_capacity) {
    try {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(static_cast<int64_t>(memory));
        auto *pattern = new ntds_pattern(text, length, options);
        if (pattern->expression.ok()) return pattern;
        std::snprintf(error, error_capacity, "%s", pattern->expression.error().c_str());
        delete pattern;
    } catch (const std::exception &) {
        std::snprintf(error, error_capacity, "no memory");
    }
    return nullptr;
}

bool ntds_pattern_matches(const ntds_pattern *pattern, const char *text, size_t length) {
    try {
        return re2::RE2::FullMatch(re2::StringPiece(text, length), pattern->expression);
    } catch (const std::exception &) {
        return false;
    }
}

void ntds_pattern_free(ntds_pattern *pattern) { delete pattern; }
