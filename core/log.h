#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

/// One line, one event, past tense, key=value; units in the key; ids, never a person's words or numbers.
/// Goes to journald when the service manager started us (JOURNAL_STREAM), else to stderr. Thread-safe.
namespace vigie::log {

enum class Level { debug, info, warn, error };
using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;

/// Call once from main; before it, `warn` and above go to stderr.
void start(Level least);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

}  // namespace vigie::log
