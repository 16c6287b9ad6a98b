#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <google/protobuf/struct.pb.h>

#include "app/arguments.h"
#include "app/config.h"
#include "core/result.h"
#include "core/time.h"
#include "storage/store.h"

namespace vigie::app {

/// What changes the store by a person's order: the same code in a daemon (asked over its control socket) and in a command
/// that opened the store itself.
struct Administration {
  storage::Store& store;
  const Config* config = nullptr;  // only retention needs it
  std::string person;              // who asked: a user of this machine
  Instant now{};
  std::function<bool(std::string_view line)> say;
  std::function<void(const std::function<void()>& work)> alone;  // runs `work` while nobody else decides; empty: nobody does
  std::string data_folder;
};

/// Carries out one request (`command`: erase, hold, tie, retention, backup, compact, rebuild); returns its exit code, or -1
/// for a command that is none of these.
int administer(const Administration& office, const google::protobuf::Struct& request);

/// Passes the request to a running daemon, else opens the store and carries it out; prints what it says.
int order(const Arguments& arguments, google::protobuf::Struct request);

/// How long the sites of a configuration are kept.
std::map<std::string, storage::Keep> keep_of(const Config& config);

/// Notes that this user looked at personal data (`what`: command and ids, nothing personal), in a file that whoever next
/// writes to the store takes into the processing log. A reader never waits for the store's owner. Complains when it cannot.
void note_consultation(const Arguments& arguments, const std::string& what);
/// Takes those notes into the log; cheap when there are none. For whoever holds the store open for writing.
Status take_consultations(storage::Store& store, const std::string& folder);

/// The name of a user of this machine, else "uid N".
std::string person_of(unsigned uid);

}  // namespace vigie::app
