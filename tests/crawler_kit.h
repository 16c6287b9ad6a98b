#pragma once

#include <string>

#include "core/records.pb.h"
#include "core/time.h"

/// What several tests of the crawler say.
namespace vigie::crawler::test {

inline Visit visit_of(const std::string& url, int priority, Instant due) {
  Visit v;
  v.set_url(url);
  v.set_priority(priority);
  v.set_due_ms(to_ms(due));
  return v;
}

}  // namespace vigie::crawler::test
