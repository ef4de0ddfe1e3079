#pragma once

#include <nlohmann/json_fwd.hpp>

namespace v4v::bench::report {

/// What a run of everything writes, in its shape and about in its numbers; always the same.
nlohmann::ordered_json sample_document();

}  // namespace v4v::bench::report
