#include "app/config_reader.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "core/text.h"

namespace vigie::app {
namespace {

std::string joined(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + '.' + std::string(name);
}

/// Foreign words in our messages: short, and on one line.
std::string shown(std::string_view s) { return text::escape_control(text::cut_utf8(s, 80)); }

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::flag: return "true or false";
    case Kind::integer: return "a whole number";
    case Kind::real: return "a number";
    case Kind::duration: return "a duration like 500ms, 5s, 15m, 6h or 7d";
    case Kind::size: return "a size like 512KiB or 8MiB";
    case Kind::date: return "a date like 2026-01-31";
    case Kind::list: return "a list";
    case Kind::text_or_list: return "a text or a list of texts";
    case Kind::durations: return "a list of durations like [1h, 24h]";
    case Kind::pairs: return "a map of names to texts";
    case Kind::tables: return "a list of sections";
    case Kind::table: case Kind::table_map: case Kind::own: return "a section with keys of its own";
    case Kind::text: break;
  }
  return "a text";
}

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number number{};
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string number_text(double number) {
  return number == static_cast<double>(static_cast<long long>(number)) ? std::to_string(static_cast<long long>(number))
                                                                      : std::to_string(number);
}

bool looks_secret(std::string_view key) {
  const auto lower = text::lower_ascii(key);
  for (const auto* word : {"password", "passwd", "passphrase", "secret", "token", "api_key", "private_key"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

const yaml::Node* value_at(const yaml::Node& map, std::string_view key) {
  const auto* member = map.find(key);
  return member == nullptr || member->value.kind == yaml::Kind::null ? nullptr : &member->value;
}

Source::Source(std::string file, std::string text) : file_(std::move(file)), text_(std::move(text)), starts_{0} {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
}

std::string Source::folder() const {
  const auto slash = file_.rfind('/');
  return slash == std::string::npos ? std::string() : file_.substr(0, slash + 1);
}

int Source::line_of(std::size_t at) const {
  return static_cast<int>(std::upper_bound(starts_.begin(), starts_.end(), at) - starts_.begin());
}

Fault Source::fault(std::size_t at, bool warning, std::string text, std::string hint) const {
  at = std::min(at, text_.size());
  const auto start = starts_[static_cast<std::size_t>(line_of(at)) - 1];
  const auto found = yaml::position(std::string_view(text_).substr(start), at - start);
  return {file_, line_of(at), found.column, warning, std::move(text), std::move(hint), std::string(found.source_line)};
}

void Reader::error(std::size_t at, std::string text, std::string hint) {
  session_.faults.push_back(source_.fault(at, false, std::move(text), std::move(hint)));
}

void Reader::warning(std::size_t at, std::string text, std::string hint) {
  session_.faults.push_back(source_.fault(at, true, std::move(text), std::move(hint)));
}

std::string Reader::resolved(const std::string& path) const {
  return path.empty() || path.starts_with('/') ? path : source_.folder() + path;
}

bool Reader::is_map(const yaml::Node& node, std::size_t where, const std::string& path) {
  if (node.kind == yaml::Kind::map || node.kind == yaml::Kind::null) return true;
  error(node.kind == yaml::Kind::null ? where : node.at, path + ": keys with values are expected here");
  return false;
}

void Reader::unknown_key(const Table& table, const yaml::Member& member, const std::string& path) {
  std::vector<std::string> known;
  for (const auto& row : table.rows) known.emplace_back(row.name);
  if (looks_secret(member.key)) {
    const auto file_key = member.key + "_file";
    const bool has = std::find(known.begin(), known.end(), file_key) != known.end();
    return error(member.key_at, shown(joined(path, member.key)) + ": secrets never stand in YAML",
                 has ? "write the secret into a file and name it with \"" + file_key + "\"" : "");
  }
  const auto near = text::did_you_mean(member.key, known);
  const auto place = path.empty() ? std::string(table.name) : path;
  error(member.key_at, "unknown key \"" + shown(member.key) + "\" in " + place,
        near ? "did you mean \"" + *near + "\"?" : "known: " + text::join(known, ", "));
}

void Reader::read(const Table& table, const yaml::Node& map, std::size_t where, void* target, const std::string& path) {
  if (!is_map(map, where, path.empty() ? std::string(table.name) : path)) return;
  for (const auto& member : map.members) {
    const bool known = std::any_of(table.rows.begin(), table.rows.end(), [&](const Row& row) { return row.name == member.key; });
    if (!known) unknown_key(table, member, path);
  }
  for (const auto& row : table.rows) read_row(row, map.find(row.name), where, target, joined(path, row.name));
  if (table.finish) table.finish(*this, map, where, target);
}

void Reader::read_row(const Row& row, const yaml::Member* member, std::size_t where, void* target, const std::string& path) {
  const bool stated = member != nullptr && member->value.kind != yaml::Kind::null;
  if (!stated && row.required) {
    return member != nullptr ? error(member->key_at, path + " has no value", std::string(row.why))
                             : error(where, path + " is missing", std::string(row.why));
  }
  if (row.inner != nullptr) return read_inner(row, stated ? member : nullptr, where, target, path);
  if (row.kind == Kind::own) {
    if (stated) row.read_own(*this, member->value, target);
    return;
  }
  Value value;
  if (stated) {
    if (value_of(row, member->value, member->key_at, path, value) && row.put) row.put(target, value);
  } else if (!row.fallback.empty() && row.put) {
    // The default goes the same way as what a person writes, so that it cannot be something else.
    const auto parsed = yaml::parse(row.fallback);
    assert(parsed.documents.size() == 1);
    if (value_of(row, parsed.documents.front().root, where, path, value)) row.put(target, value);
  }
}

void Reader::read_inner(const Row& row, const yaml::Member* member, std::size_t where, void* target, const std::string& path) {
  const auto inner_target = [&](const std::string& name) { return row.into ? row.into(target, name) : target; };
  if (member == nullptr) {
    if (row.kind != Kind::table) return;
    // Only defaults: a section that may be left out requires nothing while it is.
    for (const auto& inner : row.inner().rows) {
      if (!inner.required) read_row(inner, nullptr, where, inner_target(""), joined(path, inner.name));
    }
    return;
  }
  const auto& node = member->value;
  if (row.kind == Kind::tables) {
    if (node.kind != yaml::Kind::list) return error(node.at, path + ": a list of sections is expected (\"- \")");
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const auto& item = node.items[i];
      const auto item_path = path + '[' + std::to_string(i) + ']';
      if (item.kind != yaml::Kind::map) {
        error(item.at, item_path + ": keys with values are expected here");
        continue;
      }
      if (row.read_own) {
        row.read_own(*this, item, target);
      } else {
        read(row.inner(), item, item.at, inner_target(""), item_path);
      }
    }
  } else if (row.kind == Kind::table_map) {
    if (!is_map(node, member->key_at, path)) return;
    for (const auto& entry : node.members) {
      if (const auto wrong = complaint_about(row.check, entry.key, row.choices)) {
        error(entry.key_at, path + ": " + wrong->text, wrong->hint);
      }
      if (entry.value.kind != yaml::Kind::map) {
        error(entry.value.kind == yaml::Kind::null ? entry.key_at : entry.value.at,
              joined(path, shown(entry.key)) + ": keys with values are expected here");
        continue;
      }
      read(row.inner(), entry.value, entry.key_at, inner_target(entry.key), joined(path, shown(entry.key)));
    }
  } else {
    read(row.inner(), node, member->key_at, inner_target(""), path);
  }
}

bool Reader::check_text(const Row& row, const yaml::Node& node, const std::string& path) {
  const auto wrong = complaint_about(row.check, node.text, row.choices);
  if (wrong) error(node.at, path + ": " + wrong->text, wrong->hint);
  return !wrong;
}

bool Reader::texts_of(const Row& row, const yaml::Node& node, std::size_t key_at, const std::string& path, Value& value) {
  bool good = true;
  if (row.kind == Kind::pairs) {
    if (node.kind != yaml::Kind::map) return error(node.at, path + ": " + std::string(name_of(row.kind)) + " is expected"), false;
    for (const auto& member : node.members) {
      if (member.value.kind != yaml::Kind::scalar) {
        error(member.value.kind == yaml::Kind::null ? member.key_at : member.value.at, path + ": a text is expected");
        good = false;
      } else if (check_text(row, member.value, joined(path, shown(member.key)))) {
        value.pairs.emplace_back(member.key, member.value.text);
      } else {
        good = false;
      }
    }
    return good;
  }
  if (node.kind == yaml::Kind::scalar && row.kind == Kind::text_or_list) {
    value.list = {node.text};
    return check_text(row, node, path);
  }
  if (node.kind != yaml::Kind::list) {
    error(node.kind == yaml::Kind::null ? key_at : node.at, path + ": " + std::string(name_of(row.kind)) + " is expected",
          node.kind == yaml::Kind::scalar ? "write [" + shown(node.text) + "]" : "");
    return false;
  }
  for (const auto& item : node.items) {
    if (item.kind != yaml::Kind::scalar) {
      error(item.at, path + ": a text is expected here", item.kind == yaml::Kind::map ? "a text with \": \" needs quotes" : "");
      good = false;
      continue;
    }
    if (row.kind == Kind::durations) {
      const auto duration = parse_duration(item.text);
      if (!duration) {
        error(item.at, path + ": " + duration.error().text);
        good = false;
      } else {
        value.durations.push_back(*duration);
      }
    } else if (check_text(row, item, path)) {
      value.list.push_back(item.text);
    } else {
      good = false;
    }
  }
  return good;
}

bool Reader::value_of(const Row& row, const yaml::Node& node, std::size_t key_at, const std::string& path, Value& value) {
  if (row.kind == Kind::list || row.kind == Kind::text_or_list || row.kind == Kind::durations || row.kind == Kind::pairs) {
    return texts_of(row, node, key_at, path, value);
  }
  if (node.kind != yaml::Kind::scalar) {
    error(node.at, path + ": " + std::string(name_of(row.kind)) + " is expected");
    return false;
  }
  return scalar_of(row, node, path, value);
}

bool Reader::scalar_of(const Row& row, const yaml::Node& node, const std::string& path, Value& value) {
  const auto expected = [&](std::string hint = "") {
    error(node.at, path + ": " + std::string(name_of(row.kind)) + " is expected, not \"" + shown(node.text) + "\"", std::move(hint));
    return false;
  };
  const auto in_range = [&](double number) {
    if (number >= row.least && number <= row.most) return true;
    error(node.at, path + ": " + shown(node.text) + " is not between " + number_text(row.least) + " and " + number_text(row.most));
    return false;
  };
  const std::string& s = node.text;
  const bool numeric = row.kind == Kind::integer || row.kind == Kind::real || row.kind == Kind::flag;
  if (numeric && node.quoted) return expected("write it without quotes");
  switch (row.kind) {
    case Kind::flag:
      if (s != "true" && s != "false") return expected();
      value.flag = s == "true";
      return true;
    case Kind::integer: {
      const auto number = number_in<std::int64_t>(s);
      if (!number) return expected();
      value.number = *number;
      return in_range(static_cast<double>(*number));
    }
    case Kind::real: {
      const auto number = number_in<double>(s);
      if (!number || *number - *number != 0) return expected();
      value.real = *number;
      return in_range(*number);
    }
    case Kind::duration: {
      const auto duration = parse_duration(s);
      if (!duration) return expected();
      value.duration = *duration;
      if (static_cast<double>(duration->count()) >= row.least && static_cast<double>(duration->count()) <= row.most) return true;
      error(node.at, path + ": " + shown(s) + " is not between " + format_duration(Millis(static_cast<std::int64_t>(row.least))) +
                         " and " + format_duration(Millis(static_cast<std::int64_t>(row.most))));
      return false;
    }
    case Kind::size: {
      const auto size = text::parse_size(s);
      if (!size) return expected();
      value.number = *size;
      return in_range(static_cast<double>(*size));
    }
    case Kind::date: {
      const auto date = parse_date(s);
      if (!date) return expected();
      value.when = *date;
      value.text = s;
      return true;
    }
    default:
      value.text = s;
      return check_text(row, node, path);
  }
}

}  // namespace vigie::app
