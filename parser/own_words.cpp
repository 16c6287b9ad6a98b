#include "parser/own_words.h"

#include <algorithm>
#include <map>

#include "core/text.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxLine = 160;   // bytes; longer parts are running text
constexpr std::size_t kMinProse = 25;   // bytes, not explained by any rule
constexpr std::size_t kLongProse = 60;  // bytes; running text wherever it stands
constexpr std::size_t kMaxParts = 2000;

bool is_letter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || c >= 0x80;
}

/// `line` with the bytes of each span blanked.
template <class Found>
void blank(std::string& line, const Found& found) {
  for (const auto& f : found) {
    if (f.span_size() != 2) continue;
    const auto begin = static_cast<std::size_t>(f.span(0)), end = static_cast<std::size_t>(f.span(1));
    if (begin < end && end <= line.size()) std::fill(line.begin() + f.span(0), line.begin() + f.span(1), ' ');
  }
}

struct WordCount {
  int words = 0, weak = 0, strong = 0;
};

WordCount count_words(std::string_view line) {
  const std::string folded = text::fold_for_match(line).text;
  WordCount count;
  for (std::size_t i = 0; i < folded.size();) {
    if (!is_letter(static_cast<unsigned char>(folded[i]))) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < folded.size() && is_letter(static_cast<unsigned char>(folded[end]))) ++end;
    const std::string_view word = std::string_view(folded).substr(i, end - i);
    i = end;
    // Dashes, dots and currency signs above ASCII are no words.
    if (word.size() <= 3 && static_cast<unsigned char>(word[0]) >= 0xE2) continue;
    if (word.size() == 2 && static_cast<unsigned char>(word[0]) == 0xC2) continue;
    ++count.words;
    count.strong += is_strong_furniture_word(word);
    count.weak += is_furniture_word(word);
  }
  return count;
}

/// Digits in a row, blanks and dots between them not counted: a counter has few, a telephone many.
bool holds_long_number(std::string_view line) {
  int digits = 0;
  for (const char c : line) {
    if (c >= '0' && c <= '9') {
      if (++digits > 7) return true;
    } else if (c != ' ' && c != '.' && c != '-' && c != '/') {
      digits = 0;
    }
  }
  return false;
}

/// "Publiée le 11/11/2026 · mise à jour il y a 5 min · 705 vues", "#48228 | 720 Aufrufe", "15/11/2026".
bool is_counter(const std::string& line, const std::vector<DecodedDate>& dates) {
  std::string rest = line;
  blank(rest, dates);
  if (holds_long_number(rest)) return false;
  const WordCount count = count_words(rest);
  if (count.words == 0) return !dates.empty() || (line.starts_with('#') && line.size() < 16);
  return count.weak == count.words && (count.strong > 0 || !dates.empty()) && count.words <= 14;
}

/// Nothing but a price, a place, a name with an age.
bool is_typed(const std::string& line, const std::vector<DecodedDate>& dates, const TextContext& context) {
  std::string rest = line;
  const std::string name = name_before_age(line, context);
  std::fill(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(name.size()), ' ');
  const auto prices = read_prices(line, context);
  const auto places = read_places(line, context);
  const auto ages = read_ages(line, context);
  if (prices.empty() && places.empty() && ages.empty() && dates.empty()) return false;
  blank(rest, prices);
  blank(rest, places);
  blank(rest, ages);
  blank(rest, dates);
  const WordCount count = count_words(rest);
  // What a price is for is said in a few words behind it ("par mois", "za osobu i noc").
  const auto spoken = std::count_if(prices.begin(), prices.end(), [](const DecodedPrice& p) { return p.has_per(); });
  if (count.words - count.weak > 3 * static_cast<int>(spoken)) return false;
  // A number that no reader explains may be a telephone; a postcode beside a place is none.
  const auto digits = std::count_if(rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits <= (places.empty() ? 0 : 5) + 4 * count.strong;
}

class Finder {
 public:
  Finder(const Page& page, NodeId root, NodeSet skip) : page_(page), dom_(page.dom), root_(root) {
    out_.skip = std::move(skip);
    if (out_.skip.empty()) out_.skip.resize(dom_.size());
  }

  Furniture run() {
    buttons();
    collect();
    out_.rows = read_label_rows(page_, root_, out_.skip);
    judge();
    return std::move(out_);
  }

 private:
  struct Part {
    NodeId begin, end;  // whole nodes, [begin, end)
    std::string line;
    bool counter = false, typed = false, prose = false;
  };

  void drop(NodeId begin, NodeId end) { std::fill(out_.skip.begin() + begin, out_.skip.begin() + end, std::uint8_t{1}); }

  // What only a hand can press says nothing about the ad, unless it shows a number.
  void buttons() {
    for (NodeId id = root_; id < dom_[root_].end; ++id) {
      const Tag tag = dom_[id].tag;
      if (tag != Tag::button && tag != Tag::a && tag != Tag::select && tag != Tag::textarea) continue;
      const std::string said = visible_text(dom_, id);
      if (said.size() > 60) continue;
      const bool number = std::count_if(said.begin(), said.end(), [](char c) { return c >= '0' && c <= '9'; }) > 4 ||
                          said.find('@') != std::string::npos;
      const WordCount count = count_words(said);
      const bool pressed = tag == Tag::a ? count.words > 0 && count.strong > 0 && count.weak == count.words : true;
      if (pressed && !number) drop(id, dom_[id].end);
    }
  }

  /// Runs of text between two block boundaries, each with the nodes that hold nothing else.
  void collect() {
    NodeId begin = kNone, end = 0;
    const auto flush = [&] {
      if (begin != kNone && parts_.size() < kMaxParts) parts_.push_back({begin, end, {}});
      begin = kNone;
    };
    std::vector<NodeId> open;
    for (NodeId id = root_; id < dom_[root_].end;) {
      while (!open.empty() && dom_[open.back()].end <= id) {
        open.pop_back();
        flush();
      }
      const Node& node = dom_[id];
      if (!node.visible || out_.skip[id]) {
        if (is_block(node.tag)) flush();
        id = node.end;
        continue;
      }
      if (node.tag == Tag::text) {
        if (page_.weights.all[id] > 0) {
          if (begin == kNone) begin = id;
          end = id + 1;
        }
      } else if (is_block(node.tag)) {
        flush();
        open.push_back(id);
      }
      ++id;
    }
    flush();
    for (Part& part : parts_) part.line = line_of(part);
  }

  std::string line_of(const Part& part) const {
    std::string line;
    for (NodeId id = part.begin; id < part.end; ++id) {
      if (dom_[id].tag == Tag::text && dom_[id].visible && !out_.skip[id] && line.size() < 4000) line += dom_.raw_text(id);
    }
    return text::fold_space(line);
  }

  void judge() {
    for (Part& part : parts_) {
      const bool is_short = part.line.size() <= kMaxLine;
      const auto dates = is_short ? read_dates(part.line, page_.context) : std::vector<DecodedDate>{};
      part.counter = is_short && is_counter(part.line, dates);
      part.typed = is_short && !part.counter && is_typed(part.line, dates, page_.context);
      part.prose = !part.counter && !part.typed && part.line.size() >= kMinProse && !in_row(part);
    }
    const auto [first, last] = prose();
    for (const Part& part : parts_) {
      const bool inside = part.begin >= first && part.begin < last;
      if (part.counter || (part.typed && !inside)) keep_line(part);
    }
    for (const LabelRow& row : out_.rows) {
      if (row.table || row.begin < first || row.begin >= last) drop(row.begin, row.end);
    }
  }

  void keep_line(const Part& part) {
    if (!in_row(part)) {
      out_.lines.push_back(part.line);
      out_.places.emplace_back(part.begin, part.end);
    }
    drop(part.begin, part.end);
  }

  bool in_row(const Part& part) const {
    return std::any_of(out_.rows.begin(), out_.rows.end(),
                       [&](const LabelRow& row) { return part.begin >= row.begin && part.begin < row.end; });
  }

  /// The block that holds the part; with nothing beside the part in it, the one above.
  NodeId box_of(std::size_t i) const {
    const Part& part = parts_[i];
    NodeId box = dom_[part.begin].parent;
    while (box > root_ && !is_block(dom_[box].tag)) box = dom_[box].parent;
    const bool before = i > 0 && parts_[i - 1].begin >= box;
    const bool after = i + 1 < parts_.size() && parts_[i + 1].begin < dom_[box].end;
    if (!before && !after && box > root_) box = dom_[box].parent;
    return std::max(box, root_);
  }

  /// Where the running text stands, [first, last): the box that holds most of it, and every long part.
  std::pair<NodeId, NodeId> prose() const {
    std::map<NodeId, std::size_t> boxes;
    NodeId first = kNone, last = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      if (!parts_[i].prose) continue;
      boxes[box_of(i)] += parts_[i].line.size();
      if (parts_[i].line.size() < kLongProse) continue;
      first = std::min(first, parts_[i].begin);
      last = std::max(last, parts_[i].end);
    }
    if (boxes.empty()) return {kNone, 0};
    const NodeId box =
        std::max_element(boxes.begin(), boxes.end(), [](const auto& a, const auto& b) { return a.second < b.second; })
            ->first;
    // The listing itself, or a part that holds its table of facts, is no box of running text.
    const bool whole = box == root_ || std::any_of(out_.rows.begin(), out_.rows.end(), [&](const LabelRow& row) {
                         return row.table && dom_.inside(row.begin, box);
                       });
    for (std::size_t i = 0; i < parts_.size() && whole; ++i) {
      if (!parts_[i].prose || box_of(i) != box) continue;
      first = std::min(first, parts_[i].begin);
      last = std::max(last, parts_[i].end);
    }
    return whole ? std::pair{first, last} : std::pair{std::min(first, box), std::max(last, dom_[box].end)};
  }

  const Page& page_;
  const Dom& dom_;
  const NodeId root_;
  Furniture out_;
  std::vector<Part> parts_;
};

}  // namespace

Furniture find_furniture(const Page& page, NodeId root, NodeSet skip) {
  return Finder(page, root, std::move(skip)).run();
}

std::string name_before_age(std::string_view line, const TextContext& context) {
  const std::size_t comma = line.find_first_of(",(|-");
  if (comma == std::string_view::npos || comma < 2 || comma > 30 || line.size() > 120) return {};
  const std::string_view name = text::trim(line.substr(0, comma));
  if (std::count(name.begin(), name.end(), ' ') > 1) return {};
  if (name.find_first_of("0123456789.:;!?/@#&+\"*") != std::string_view::npos) return {};
  // A name starts with a capital: lower case changes its first letter and no other but that of a second word.
  for (const auto word : text::split(name, ' ')) {
    if (word.size() < 2 || text::fold_case(word) == word) return {};
    const std::size_t head = static_cast<unsigned char>(word[0]) >= 0xC0 ? 2 : 1;
    if (word.size() > head && text::fold_case(word.substr(head)) != word.substr(head)) return {};
  }
  const auto ages = read_ages(line, context);
  if (ages.empty() || ages.front().span_size() != 2) return {};
  const auto begin = static_cast<std::size_t>(ages.front().span(0));
  // Only the mark itself stands between name and age.
  if (begin < comma || begin > comma + 3) return {};
  // "Lille (59)" is a place; one that is a name as well needs a place beside it.
  if (!read_places(name, context).empty() && read_places(line.substr(begin), context).empty()) return {};
  return std::string(name);
}

}  // namespace vigie::parser
