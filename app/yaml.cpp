#include "app/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>

#include "core/text.h"

namespace vigie::app::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

constexpr std::size_t kMaxProblems = 100;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t line_start(std::string_view text, std::size_t at) {
  const auto newline = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return newline == std::string_view::npos ? 0 : newline + 1;
}

/// First character of the line that holds `at` which is no blank.
std::size_t line_content(std::string_view text, std::size_t at) {
  auto i = line_start(text, at);
  while (i < text.size() && text[i] == ' ') ++i;
  return i;
}

/// A missing value stands where the text ends that asked for it (":" or "-"), not where the next token begins.
std::size_t before_blanks(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  while (at > 0 && blank(text[at - 1])) --at;
  return at == 0 ? 0 : at - 1;
}

/// The end of a quoted scalar that opens at `at`; npos when it is never closed.
std::size_t closing_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 == text.size() || text[i + 1] != '\'') return i;
      ++i;
    }
  }
  return std::string_view::npos;
}

/// Builds the tree from yaml-cpp's events. An iterative stack, so depth is a number and not a risk.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string_view text) : text_(text) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    at_ = offset(mark);
    // yaml-cpp silently begins a new document where text does not fit the one before.
    const bool marked = documents_ == 0 || text_.substr(std::min(at_, text_.size())).starts_with("---") || ended_with_dots();
    if (!marked) problem(at_, "this does not belong to what stands above", "check the indentation; \"---\" begins a new document");
    ++documents_;
  }
  void OnDocumentEnd() override {
    if (root_set_ && root_.kind != Kind::null) out_.documents.push_back({std::move(root_), at_});
    root_ = Node();
    root_set_ = false;
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = text_.substr(std::min(offset(mark), text_.size())).starts_with('~') ? offset(mark)
                                                                                : before_blanks(text_, offset(mark));
    add(std::move(node), anchor, "");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problem(offset(mark), "aliases (\"*name\") are not used here", "write the value out");
    Node node;
    node.at = offset(mark);
    add(std::move(node), 0, "");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    Node node;
    node.at = offset(mark);
    const char first = node.at < text_.size() ? text_[node.at] : '\0';
    node.quoted = first == '"' || first == '\'' || first == '|' || first == '>';
    if (first == '"' || first == '\'') quoted_scalar(node.at);
    node.kind = !node.quoted && (value == "~" || value == "null") ? Kind::null : Kind::scalar;
    node.text = value;
    add(std::move(node), anchor, tag);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Kind::list, offset(mark), tag, anchor, style == YAML::EmitterStyle::Flow);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Kind::map, offset(mark), tag, anchor, style == YAML::EmitterStyle::Flow);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

  /// What the library throws, told at the place of its cause.
  void failed(std::size_t at, const std::string& message) {
    if (!out_.problems.empty()) return;  // the first cause has been named
    if (long_quote_ != std::string_view::npos) {
      return problem(long_quote_, "this text in quotes goes on over several lines, and what follows it is no YAML",
                     "is its closing quote missing?");
    }
    if (message.find("flow not found") != std::string::npos) return unclosed(at);
    if (message == "illegal map value") return stray_colon(at);
    if (message.find("tab") != std::string::npos) return problem(at, "a tab cannot indent", "use blanks");
    if (message == "bad file") return problem(std::min(at, text_.size()), "nested too deeply", "");
    if (message == "unknown token") return problem(at, "a value cannot begin with this character", "put the value in quotes");
    if (message == "illegal flow end") return problem(at, "this bracket closes nothing", "");
    if (message.starts_with("unknown escape")) {
      return problem(at < 2 ? 0 : at - 2, "unknown escape in double quotes", "use single quotes for patterns: '\\d+'");
    }
    if (message == "end of map not found" || message == "end of sequence not found") return misplaced(at);
    problem(at, "not YAML: " + text::escape_control(message), "");
  }

  bool fit() const { return out_.problems.empty(); }
  Parsed take() { return std::move(out_); }

 private:
  struct Open {
    Node node;
    bool flow = false;
    bool expects_value = false;  // of a map: the key has come
    bool skip = false;           // key of a member that is left out
    std::string key;
    std::size_t key_at = 0;
    std::unordered_set<std::string> seen;
  };

  std::size_t offset(const YAML::Mark& mark) const {
    return std::min(mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos), text_.size());
  }

  void problem(std::size_t at, std::string text, std::string hint) {
    if (out_.problems.size() < kMaxProblems) out_.problems.push_back({std::min(at, text_.size()), std::move(text), std::move(hint)});
  }

  bool ended_with_dots() const {
    const auto end = text_.find_last_not_of(" \t\r\n", at_ == 0 ? 0 : at_ - 1);
    return end != std::string_view::npos && end >= 2 && text_.substr(end - 2, 3) == "...";
  }

  void quoted_scalar(std::size_t at) {
    const auto end = closing_quote(text_, at);
    if (end == std::string_view::npos) {
      problem(at, "this quote is never closed", "");
    } else if (text_.substr(at, end - at).find('\n') != std::string_view::npos) {
      long_quote_ = at;
    } else {
      long_quote_ = std::string_view::npos;
    }
  }

  /// False when a limit is reached: then nothing more is built.
  bool counts(std::size_t at) {
    if (stopped_) return false;
    if (++nodes_ > kMaxNodes) {
      problem(at, "more than 100000 values", "divide the file");
    } else if (stack_.size() >= kMaxDepth) {
      problem(at, "nested deeper than 64 levels", "");
    } else {
      return true;
    }
    stopped_ = true;
    return false;
  }

  void check_properties(std::size_t at, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) problem(at, "anchors (\"&name\") are not used here", "write the value out where it is needed");
    if (!tag.empty() && tag != "?" && tag != "!") problem(at, "tags (\"!name\") are not used here", "");
  }

  void open(Kind kind, std::size_t at, const std::string& tag, YAML::anchor_t anchor, bool flow) {
    if (!counts(at)) return;
    check_properties(at, tag, anchor);
    Open opened;
    opened.node.kind = kind;
    opened.node.at = at;
    opened.flow = flow;
    stack_.push_back(std::move(opened));
  }

  void close() {
    if (stopped_ || stack_.empty()) return;
    Node done = std::move(stack_.back().node);
    stack_.pop_back();
    place(std::move(done));
  }

  void add(Node node, YAML::anchor_t anchor, const std::string& tag) {
    if (!counts(node.at)) return;
    check_properties(node.at, tag, anchor);
    place(std::move(node));
  }

  void place(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      root_set_ = true;
      return;
    }
    auto& parent = stack_.back();
    if (parent.node.kind == Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.expects_value) {
      take_key(parent, std::move(node));
    } else {
      parent.expects_value = false;
      if (!parent.skip) parent.node.members.push_back({std::move(parent.key), parent.key_at, std::move(node)});
    }
  }

  void take_key(Open& parent, Node key) {
    parent.expects_value = true;
    parent.skip = true;
    parent.key_at = key.at;
    if (key.kind != Kind::scalar) return problem(key.at, "a key must be plain text", "");
    if (key.text == "<<" && !key.quoted) return problem(key.at, "merge keys (\"<<\") are not used here", "write the keys out");
    if (!parent.seen.insert(key.text).second) {
      if (out_.problems.size() >= kMaxProblems) return;
      const auto first = std::find_if(parent.node.members.begin(), parent.node.members.end(),
                                      [&](const Member& member) { return member.key == key.text; });
      const auto line = first == parent.node.members.end() ? 0 : position(text_, first->key_at).line;
      return problem(key.at, "key \"" + text::escape_control(text::cut_utf8(key.text, 80)) + "\" stands twice",
                     line > 0 ? "the first stands in line " + std::to_string(line) : "");
    }
    parent.skip = false;
    parent.key = std::move(key.text);
  }

  void unclosed(std::size_t at) {
    for (auto open = stack_.rbegin(); open != stack_.rend(); ++open) {
      if (open->flow) return problem(open->node.at, "this bracket is never closed, or a comma is missing in it", "");
    }
    problem(at, "a bracket is not closed", "");
  }

  /// A colon where none can be: the line above lacks its own, or the indentation is wrong, or quotes are missing.
  void stray_colon(std::size_t at) {
    const auto start = line_content(text_, at);
    const auto before = text_.substr(start, at - start);
    if (before.find(": ") != std::string_view::npos) {
      return problem(at, "a second \": \" in one line", "put the value in quotes");
    }
    if (line_start(text_, start) > 0) {
      const auto above = line_content(text_, line_start(text_, start) - 1);
      const auto line = text_.substr(above, text_.find('\n', above) - above);
      const bool level = above - line_start(text_, above) == start - line_start(text_, start);
      if (level && !line.empty() && line[0] != '#' && line[0] != '-' && line.find(": ") == std::string_view::npos &&
          !line.ends_with(':')) {
        return problem(above, "a key needs \": \" and a value", line.find(':') == std::string_view::npos
                                                                 ? "is \":\" missing?"
                                                                 : "is the blank after \":\" missing?");
      }
    }
    problem(start, "the indentation does not fit what stands above", "keys of one level begin in one column");
  }

  void misplaced(std::size_t at) {
    const auto start = line_content(text_, at);
    if (start != at) return problem(at, "this does not belong here", "is a quote or a comma missing before it?");
    problem(at, "the indentation does not fit any level above", "keys of one level begin in one column");
  }

  std::string_view text_;
  Parsed out_;
  Node root_;
  bool root_set_ = false, stopped_ = false;
  std::size_t at_ = 0, nodes_ = 0, documents_ = 0;
  std::size_t long_quote_ = std::string_view::npos;  // the last quoted scalar, when it spans lines
  std::vector<Open> stack_;
};

/// What can be seen without reading YAML: bytes, control characters, tabs that indent.
std::vector<Problem> look_over(std::string_view text) {
  if (text.size() > kMaxBytes) return {{0, "the file is over 1 MiB", "divide it"}};
  bool indent = true;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      std::size_t length = 2;
      while (length < 4 && i + length < text.size() && (static_cast<unsigned char>(text[i + length]) & 0xC0) == 0x80) ++length;
      if (!text::valid_utf8(text.substr(i, length))) return {{i, "not UTF-8", "save the file as UTF-8"}};
      if (text.substr(i, length) == kByteOrderMark) return {{i, "a byte order mark inside the text", "delete it"}};
      if (c == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return {{i, "a control character", "delete it"}};
      i += length;
      indent = false;
      continue;
    }
    if (c == '\t' && indent) return {{i, "a tab cannot indent", "use blanks"}};
    const bool line_end = c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7F) return {{i, "a control character", "delete it"}};
    indent = c == '\n' || (indent && c == ' ');
    ++i;
  }
  return {};
}

}  // namespace

const Member* Node::find(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

Parsed parse(std::string_view text) {
  Parsed parsed;
  parsed.problems = look_over(text);
  if (!parsed.problems.empty()) return parsed;
  Builder builder(text);
  // yaml-cpp throws for whatever it does not like; nothing of that leaves this file.
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    // Some texts (",") make yaml-cpp hand out empty documents for ever, so the first problem ends the walk.
    while (builder.fit() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    builder.failed(e.mark.pos < 0 ? 0 : static_cast<std::size_t>(e.mark.pos), e.msg);
  } catch (const std::bad_alloc&) {
    throw;  // no fault of the text
  } catch (const std::exception& e) {
    builder.failed(0, e.what());
  }
  return builder.take();
}

Position position(std::string_view text, std::size_t at) {
  at = std::min(at, text.size());
  Position found;
  found.line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  const auto start = line_start(text, at);
  auto end = std::min(text.find('\n', start), text.size());
  if (end > start && text[end - 1] == '\r') --end;
  found.source_line = text.substr(start, end - start);
  for (auto i = start; i < at; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++found.column;
  }
  return found;
}

}  // namespace vigie::app::yaml
