#pragma once

#include <functional>
#include <string>

#include "app/warc.h"

namespace vigie::app {

/// `field`: the field that is meant (lower case), or empty: the record.
using WarcComplaint = std::function<void(const std::string& field, bool warning, std::string text)>;

/// What ISO 28500 asks of a record's fields.
void judge_warc_fields(const WarcRecord& record, const WarcComplaint& say);
/// Block and payload against their digests: SHA-1, SHA-256 or MD5 in base32, hex or base64. A payload may have been
/// digested as it was sent or with its chunks joined; that of a segment is not here to be judged.
void judge_warc_digests(const WarcRecord& record, const WarcComplaint& say);

}  // namespace vigie::app
