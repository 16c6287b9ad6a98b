#pragma once

#include <string>
#include <vector>

#include "core/records.pb.h"

namespace vigie::storage {

/// Field-level differences of the content fields (tags 30 and above), in tag order; `contacts` compare by kind and
/// value only, so that a number that moved within the text is no change. Counters and ages of the page in title, text and
/// attributes do not count (storage/volatile.h). Pure.
std::vector<Change> compare(const Ad& before, const Ad& after);

/// Hash over the content fields, equal exactly when compare() is empty.
std::string content_hash(const Ad& ad);

/// One use per contact of the ad, ready for the index; one for its template, and one for each of its first four pictures.
std::vector<ContactUse> uses_of(const StoredAd& ad);

}  // namespace vigie::storage
