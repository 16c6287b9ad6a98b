#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crawler/fetcher.h"

namespace vigie::crawler {

/// What comes in over one transfer, counted against the limits as it comes. Knows no libcurl: it is handed header lines
/// and decoded body pieces, and says how many bytes it took; anything less than all of them ends the transfer.
struct Intake {
  using Clock = std::chrono::steady_clock;
  struct Verdict {
    Outcome::Kind outcome;
    const char* limit;
  };

  Request request;
  Response response;
  const Limits* limits = nullptr;
  Clock::time_point started{};
  bool body_enough = false;               // error page: we have what we want
  Outcome::Kind stop = Outcome::unknown;  // why we ended it ourselves

  std::size_t take_header(std::string_view line);
  /// `wire`: bytes that can have been received by now, at most; the ratio is judged by it.
  std::size_t take_body(std::string_view chunk, int status, std::int64_t wire);
  /// The limits of time; to be asked some times a second.
  std::optional<Verdict> too_late(Clock::time_point now);
  std::size_t give_up(Outcome::Kind why, const char* limit);

 private:
  void note_bytes(std::size_t count);

  Clock::time_point window_start_{};
  std::int64_t window_bytes_ = 0, header_bytes_ = 0, received_ = 0;  // received: header and body, for the slow rule
  int codings_ = 0;
  std::string length_;
  bool answered_ = false;  // first byte seen
};

}  // namespace vigie::crawler
