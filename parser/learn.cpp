#include "parser/learn.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/text.h"
#include "parser/page_text.h"
#include "parser/template.h"

namespace vigie::parser {
namespace {

constexpr std::size_t kMaxLabel = 40;       // bytes
constexpr std::size_t kMaxPlaces = 6;       // places of one value on one page
constexpr std::size_t kMaxCandidates = 120;  // rules tried a field
constexpr std::size_t kMaxMarks = 4;         // that may follow a value
constexpr std::uint32_t kMaxRest = 200;      // bytes that may follow it
constexpr std::size_t kKept = 3;

struct Candidate {
  std::string at, attribute, match;
  int kind = 0;  // robustness: the higher, the longer it lasts
  bool operator<(const Candidate& other) const {
    return std::tie(at, attribute, match) < std::tie(other.at, other.attribute, other.match);
  }
};

bool plain_name(std::string_view s) {
  if (s.empty() || s.size() > 60 || (s[0] >= '0' && s[0] <= '9') || s[0] == '-') return false;
  return std::all_of(s.begin(), s.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool lasting(std::string_view s) {
  return plain_name(s) && s.find_first_of("0123456789") == std::string_view::npos;
}

std::string quoted(std::string_view s) {
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string regex_quoted(std::string_view s) {
  std::string out;
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || u >= 0x80;
    if (c == ' ') {
      out += "\\s*";
      continue;
    }
    if (!plain) out += '\\';
    out += c;
  }
  return out;
}

/// tag.class.class, or tag alone.
std::string own_step(const Dom& dom, NodeId id) {
  std::string step(dom[id].name);
  for (unsigned i = 0; i < dom[id].class_count; ++i) {
    if (lasting(dom.classes(id)[i])) step.append(".").append(dom.classes(id)[i]);
  }
  return step;
}

std::string numbered_step(const Dom& dom, NodeId id) {
  int n = 1;
  for (NodeId at = dom[id].previous; at != kNone; at = dom[at].previous) n += dom[at].name == dom[id].name;
  return std::string(dom[id].name) + ":nth-of-type(" + std::to_string(n) + ")";
}

class Learner {
 public:
  explicit Learner(const std::vector<LearnExample>& examples) : examples_(examples) {
    for (const auto& example : examples) weights_.push_back(weigh(*example.dom));
  }

  std::vector<LearnedRule> run() {
    std::set<std::string> fields;
    for (const auto& example : examples_) {
      for (const auto& [name, value] : example.values) fields.insert(name);
    }
    std::vector<LearnedRule> rules;
    for (const auto& field : fields) {
      for (auto& rule : best_for(field)) rules.push_back(std::move(rule));
    }
    return rules;
  }

 private:
  using Marks = std::map<std::string, std::set<std::string>>;  // selector, what may follow the value there

  std::vector<LearnedRule> best_for(const std::string& field) {
    std::set<Candidate> candidates;
    Marks marks;
    for (std::size_t e = 0; e < examples_.size() && candidates.size() < kMaxCandidates; ++e) {
      const auto it = examples_[e].values.find(field);
      if (it != examples_[e].values.end()) propose(e, text::fold_space(it->second), candidates, marks);
    }
    cut_at(marks, candidates);
    std::vector<std::pair<int, LearnedRule>> tried;
    for (const auto& candidate : candidates) {
      LearnedRule learned = judge(field, candidate);
      if (learned.f1 >= 0.5) tried.emplace_back(candidate.kind, std::move(learned));
    }
    std::stable_sort(tried.begin(), tried.end(), [](const auto& a, const auto& b) {
      return a.second.f1 != b.second.f1 ? a.second.f1 > b.second.f1 : a.first > b.first;
    });
    std::vector<LearnedRule> best;
    for (auto& [kind, learned] : tried) {
      if (best.size() < kKept) best.push_back(std::move(learned));
    }
    return best;
  }

  static std::uint32_t weight_of(std::string_view s) {
    return static_cast<std::uint32_t>(std::count_if(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) > ' '; }));
  }

  void propose(std::size_t e, const std::string& value, std::set<Candidate>& out, Marks& marks) const {
    const Dom& dom = *examples_[e].dom;
    const std::uint32_t weight = weight_of(value);
    if (weight == 0) return;
    std::size_t places = 0;
    for (NodeId id = 0; id < dom.size() && places < 2 * kMaxPlaces; ++id) {
      if (!dom.is_element(id)) continue;
      if (dom[id].tag == Tag::meta && text::fold_space(dom.value(id, "content")) == value) stated(dom, id, out);
      const std::uint32_t all = weights_[e].all[id];
      if (all < weight || all > weight + kMaxRest) continue;
      const std::string shown = visible_text(dom, id);
      if (shown == value) {
        places_of(dom, id, out);
        ++places;
      } else if (shown.ends_with(value) && shown.size() - value.size() <= kMaxLabel) {
        labelled(dom, id, text::trim(std::string_view(shown).substr(0, shown.size() - value.size())), out);
        ++places;
      } else if (shown.starts_with(value)) {
        followed(dom, id, text::trim(std::string_view(shown).substr(value.size())), marks);
        ++places;
      }
    }
  }

  static void stated(const Dom& dom, NodeId id, std::set<Candidate>& out) {
    for (const std::string_view name : {"property", "name", "itemprop"}) {
      const std::string_view said = dom.value(id, name);
      if (!said.empty()) out.insert({"meta[" + std::string(name) + "=" + quoted(said) + "]", "", "", 4});
    }
  }

  static void places_of(const Dom& dom, NodeId id, std::set<Candidate>& out) {
    const std::string step = own_step(dom, id);
    if (lasting(dom.value(id, "id"))) out.insert({"#" + std::string(dom.value(id, "id")), "", "", 4});
    if (lasting(dom.value(id, "itemprop"))) out.insert({"[itemprop=" + quoted(dom.value(id, "itemprop")) + "]", "", "", 4});
    out.insert({step, "", "", step.find('.') != std::string::npos ? 3 : 1});
    const NodeId before = dom[id].previous;
    if (before != kNone) {
      const std::string label = visible_text(dom, before);
      if (!label.empty() && label.size() <= kMaxLabel)
        out.insert({std::string(dom[before].name) + ":contains(" + quoted(label) + ") + " + std::string(dom[id].name), "", "", 5});
    }
    std::string classes = step, numbered = numbered_step(dom, id);
    int up_count = 0;
    for (NodeId up = dom[id].parent; up != kNone && dom[up].tag != Tag::html && up_count < 8; up = dom[up].parent, ++up_count) {
      if (up_count < 3) {
        classes = own_step(dom, up) + " > " + classes;
        out.insert({classes, "", "", 2});
      }
      if (lasting(dom.value(up, "id"))) {
        out.insert({"#" + std::string(dom.value(up, "id")) + " > " + numbered, "", "", 2});
        out.insert({"#" + std::string(dom.value(up, "id")) + " " + step, "", "", 3});
        return;
      }
      numbered = numbered_step(dom, up) + " > " + numbered;
    }
    out.insert({numbered, "", "", 0});
  }

  static void labelled(const Dom& dom, NodeId id, std::string_view label, std::set<Candidate>& out) {
    if (label.empty()) return;
    const std::string match = "^" + regex_quoted(label) + "\\s*(.+)$";
    out.insert({std::string(dom[id].name), "", match, 4});
    out.insert({own_step(dom, id), "", match, 5});
  }

  // "Title : subtitle (hardcover)": what follows starts with a mark or a word, another one on another page.
  static void followed(const Dom& dom, NodeId id, std::string_view rest, Marks& marks) {
    if (rest.empty()) return;
    const std::string mark(rest.substr(0, rest[0] >= 'a' && rest[0] <= 'z' ? rest.find(' ') : 1));
    marks[std::string(dom[id].name)].insert(mark);
    marks[own_step(dom, id)].insert(mark);
    for (NodeId up = dom[id].parent; up != kNone; up = dom[up].parent) {
      if (!lasting(dom.value(up, "id"))) continue;
      marks["#" + std::string(dom.value(up, "id")) + " " + own_step(dom, id)].insert(mark);
      return;
    }
  }

  static void cut_at(const Marks& marks, std::set<Candidate>& out) {
    for (const auto& [at, found] : marks) {
      if (found.size() > kMaxMarks) continue;
      std::string any;
      for (const auto& mark : found) any += (any.empty() ? "" : "|") + regex_quoted(mark);
      out.insert({at, "", "^(.+?)(?:\\s+(?:" + any + ").*)?$", 3});
    }
  }

  LearnedRule judge(const std::string& field, const Candidate& candidate) const {
    LearnedRule learned;
    learned.rule.set_name(field);
    learned.rule.set_at(candidate.at);
    if (!candidate.match.empty()) learned.rule.set_match(candidate.match);
    SiteOptions site;
    *site.add_fields() = learned.rule;
    const auto compiled = Template::compile(site);
    if (!compiled) return learned;
    int found = 0, wanted = 0;
    for (const auto& example : examples_) {
      const std::string got = first_value(**compiled, *example.dom);
      const auto it = example.values.find(field);
      wanted += it != example.values.end();
      found += !got.empty();
      learned.hits += it != example.values.end() && got == text::fold_space(it->second);
    }
    learned.f1 = found + wanted ? 2.0 * learned.hits / (found + wanted) : 0;
    return learned;
  }

  static std::string first_value(const Template& rules, const Dom& dom) {
    for (const auto& matches : rules.match(dom)) {
      for (const NodeId node : matches.nodes) {
        std::string value = rules.value(dom, matches, node);
        if (!value.empty()) return value;
      }
    }
    return {};
  }

  const std::vector<LearnExample>& examples_;
  std::vector<TextWeights> weights_;
};

}  // namespace

std::vector<LearnedRule> learn_rules(const std::vector<LearnExample>& examples) {
  return Learner(examples).run();
}

}  // namespace vigie::parser
