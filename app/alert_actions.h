#pragma once

#include <string>

#include <google/protobuf/struct.pb.h>

#include "core/result.h"
#include "core/time.h"
#include "storage/store.h"

namespace vigie::app {

/// What a person decides about alerts: start, dismiss, silence.add, silence.expire. The same function serves the command
/// itself and the daemon behind its socket. `request`: {"command", "author", "reason", …}; the answer is one line to show.
/// Each is written to the processing log. The caller holds the lock of alerts. `not_found`, `refused`, `malformed`.
Result<std::string> act_on_alerts(storage::Store& store, const google::protobuf::Struct& request, Instant now);
bool is_alert_action(const std::string& command);

/// For commands: asks the daemon if one runs, else opens the store. Prints the answer; the exit code.
int change_alerts(const std::string& folder, const google::protobuf::Struct& request);

}  // namespace vigie::app
