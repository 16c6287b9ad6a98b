#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace google::protobuf {
class Message;
}

namespace vigie {

/// A record as one line of JSON as the contract fixes it: names as in records.proto, fields that are not known left out,
/// repeated fields always there, times as RFC 3339.
std::string to_json(const google::protobuf::Message& record);
/// The reverse; unknown keys are ignored.
Status from_json(std::string_view json, google::protobuf::Message& record);
/// A string as a JSON literal, quotes included.
std::string json_string(std::string_view s);

}  // namespace vigie
