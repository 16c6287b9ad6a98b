#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vigie {

/// What the caller can do about a failure; each kind ends in exactly one place.
enum class Errc {
  misconfigured,  // a person must edit a file
  unreachable,    // the other side is not there; try later
  timed_out,      // it is there and slow; try later
  refused,        // it, or one of our own rules, says no
  too_large,      // one of our limits fired
  malformed,      // these bytes will never do
  not_found,      // nothing by that name
  storage,        // the store cannot; the daemon stops
  full,           // no space left; pause and resume
  fenced,         // another owner has taken over; drop the work
  conflict,       // somebody changed it meanwhile; read again
  corrupt,        // stored bytes are damaged
  cancelled,      // we are stopping
};

/// The enumerator's own name ("timed_out").
std::string_view name_of(Errc code);

/// A failure as a value: a kind, and a sentence that reads outside in ("seeds/a.yaml: line 3: ...").
struct Error {
  Errc code;
  std::string text;

  /// The same error with the place that only this level knows put in front.
  Error in(std::string_view place) && {
    text.insert(0, ": ").insert(0, place);
    return std::move(*this);
  }
};

inline Error fail(Errc code, std::string text) { return Error{code, std::move(text)}; }

/// A value or an Error. `if (!r) return std::move(r).error().in(path);` is the usual way on.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() & { assert(*this); return std::get<0>(state_); }
  const T& operator*() const& { assert(*this); return std::get<0>(state_); }
  T&& operator*() && { assert(*this); return std::get<0>(std::move(state_)); }
  T* operator->() { assert(*this); return &std::get<0>(state_); }
  const T* operator->() const { assert(*this); return &std::get<0>(state_); }
  const Error& error() const& { assert(!*this); return std::get<1>(state_); }
  Error&& error() && { assert(!*this); return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value: `return {};`.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  explicit operator bool() const { return !error_; }
  const Error& error() const& { assert(error_); return *error_; }
  Error&& error() && { assert(error_); return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace vigie
