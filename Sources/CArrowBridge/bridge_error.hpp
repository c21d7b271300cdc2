// Turns Arrow statuses and C++ exceptions into the bridge's return codes.
#pragma once

#include "arrow_bridge.h"

#include <arrow/status.h>

#include <cstdio>
#include <exception>

namespace ntds {

inline int raise(ntds_error *error, const char *text) {
    std::snprintf(error->text, sizeof error->text, "%s", text);
    return -1;
}

/// Runs `body`, which returns an `arrow::Status`.
template <typename Body>
int guarded(ntds_error *error, Body body) noexcept {
    try {
        const arrow::Status status = body();
        if (status.ok()) return 0;
        const auto &detail = status.detail(); // the system's own word: "[errno 28] No space left on device"
        return raise(error, (status.message() + (detail ? " " + detail->ToString() : "")).c_str());
    } catch (const std::exception &exception) {
        return raise(error, exception.what());
    } catch (...) {
        return raise(error, "unknown C++ exception");
    }
}

} // namespace ntds
