#include "parser/css.h"

#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/text.h"
#include "parser/css_program.h"

namespace vigie::parser {
namespace {

using Set = std::vector<std::uint8_t>;  // one byte a node

bool fits(int a, int b, int index) {
  if (a == 0) return index == b;
  const int steps = (index - b) / a;
  return steps >= 0 && steps * a + b == index;
}

bool equal(std::string_view a, std::string_view b, bool ignore_case) {
  return ignore_case ? text::equals_ci(a, b) : a == b;
}

bool word_in(std::string_view value, const Test& t) {
  for (std::size_t i = 0; i <= value.size();) {
    std::size_t j = value.find_first_of(" \t\n\r\f", i);
    if (j == std::string_view::npos) j = value.size();
    if (j > i && equal(value.substr(i, j - i), t.value, t.ignore_case)) return true;
    i = j + 1;
  }
  return false;
}

bool attribute_fits(std::string_view value, const Test& t) {
  const std::size_t n = t.value.size();
  switch (t.op) {
    case 0:
      return true;
    case '=':
      return equal(value, t.value, t.ignore_case);
    case '~':
      return word_in(value, t);
    case '|':
      return value.size() >= n && equal(value.substr(0, n), t.value, t.ignore_case) &&
             (value.size() == n || value[n] == '-');
    case '^':
      return n > 0 && value.size() >= n && equal(value.substr(0, n), t.value, t.ignore_case);
    case '$':
      return n > 0 && value.size() >= n && equal(value.substr(value.size() - n), t.value, t.ignore_case);
    case '*':
      if (n == 0) return false;
      if (!t.ignore_case) return value.find(t.value) != std::string_view::npos;
      return text::lower_ascii(value).find(text::lower_ascii(t.value)) != std::string::npos;
    default:
      return false;
  }
}

/// One evaluation over one page: every list of the program becomes a set of nodes.
class Evaluation {
 public:
  Evaluation(const SelectorProgram& program, const Dom& dom) : program_(program), dom_(dom) {}

  Set run() {
    // Inner lists stand before the list that uses them; those of :has are needed as relations, not as sets.
    for (const SelectorList& list : program_.lists) {
      for (const Complex& complex : list) {
        for (const Compound& compound : complex) prepare(compound);
      }
    }
    for (std::size_t i = 0; i < program_.lists.size(); ++i)
      sets_.push_back(relative_.contains(i) ? has(program_.lists[i]) : any(program_.lists[i]));
    return std::move(sets_.back());
  }

 private:
  void prepare(const Compound& compound) {
    for (const Test& t : compound.tests) {
      if (t.kind == TestKind::has) relative_[t.list] = true;
      if (t.kind == TestKind::nth_of_type || t.kind == TestKind::nth_last_of_type) count_types();
    }
  }

  // Position among siblings of the same name, from the front and from the back.
  void count_types() {
    if (!of_type_.empty()) return;
    of_type_.resize(dom_.size());
    last_of_type_.resize(dom_.size());
    for (NodeId parent = 0; parent < dom_.size(); ++parent) {
      if (dom_[parent].children == 0) continue;
      std::unordered_map<std::string_view, int> seen;
      for (NodeId c = dom_.first_element(parent); c != kNone; c = dom_.next_element(c))
        of_type_[c] = ++seen[dom_[c].name];
      for (NodeId c = dom_.first_element(parent); c != kNone; c = dom_.next_element(c))
        last_of_type_[c] = seen[dom_[c].name] - of_type_[c] + 1;
    }
    of_type_[0] = last_of_type_[0] = 1;
  }

  bool fits_test(NodeId id, const Test& t) const {
    const Node& node = dom_[id];
    const NodeId parent = node.parent;
    switch (t.kind) {
      case TestKind::type:
        return node.name == t.value;
      case TestKind::id:
        return dom_.attribute(id, "id") == std::optional<std::string_view>(t.value);
      case TestKind::class_name:
        return dom_.has_class(id, t.value);
      case TestKind::attribute: {
        const auto value = dom_.attribute(id, t.name);
        return value && attribute_fits(*value, t);
      }
      case TestKind::nth_child:
        return fits(t.a, t.b, static_cast<int>(node.index));
      case TestKind::nth_last_child:
        return fits(t.a, t.b, static_cast<int>((parent == kNone ? 1 : dom_[parent].children) - node.index + 1));
      case TestKind::nth_of_type:
        return fits(t.a, t.b, of_type_[id]);
      case TestKind::nth_last_of_type:
        return fits(t.a, t.b, last_of_type_[id]);
      case TestKind::empty:
        return node.children == 0 && node.text_begin == node.text_end;
      case TestKind::root:
        return parent == kNone;
      case TestKind::is:
        return sets_[t.list][id] != 0;
      case TestKind::is_not:
        return sets_[t.list][id] == 0;
      case TestKind::has:
        return sets_[t.list][id] != 0;
      case TestKind::contains:
        return dom_.raw_text(id).find(t.value) != std::string_view::npos;
      case TestKind::never:
        return false;
    }
    return false;
  }

  bool fits_compound(NodeId id, const Compound& compound) const {
    if (!dom_.is_element(id)) return false;
    for (const Test& t : compound.tests) {
      if (!fits_test(id, t)) return false;
    }
    return true;
  }

  // Nodes that stand in `relation` after some node of `from`: spread in document order.
  Set spread(const Set& from, Combinator relation) const {
    Set out(dom_.size());
    for (NodeId id = 0; id < dom_.size(); ++id) {
      const Node& node = dom_[id];
      switch (relation) {
        case Combinator::none:
          break;
        case Combinator::descendant:
          out[id] = node.parent != kNone && (out[node.parent] || from[node.parent]);
          break;
        case Combinator::child:
          out[id] = node.parent != kNone && from[node.parent];
          break;
        case Combinator::next:
          out[id] = node.previous != kNone && from[node.previous];
          break;
        case Combinator::later:
          out[id] = node.previous != kNone && (out[node.previous] || from[node.previous]);
          break;
      }
    }
    return out;
  }

  // Nodes that have some node of `from` after them in `relation`: the same, from the back.
  Set gather(const Set& from, Combinator relation) const {
    Set out(dom_.size());
    for (NodeId id = dom_.size(); id-- > 0;) {
      const Node& node = dom_[id];
      const bool child_like = relation == Combinator::descendant || relation == Combinator::child;
      const NodeId to = child_like ? node.parent : node.previous;
      if (to == kNone) continue;
      const bool further = relation == Combinator::descendant || relation == Combinator::later;
      if (from[id] || (further && out[id])) out[to] = 1;
    }
    return out;
  }

  Set any(const SelectorList& list) const {
    Set result(dom_.size());
    for (const Complex& complex : list) {
      Set current;
      for (const Compound& compound : complex) {
        const Set allowed =
            compound.combinator == Combinator::none ? Set(dom_.size(), 1) : spread(current, compound.combinator);
        current = Set(dom_.size());
        for (NodeId id = 0; id < dom_.size(); ++id) current[id] = allowed[id] && fits_compound(id, compound);
      }
      for (NodeId id = 0; id < dom_.size(); ++id) result[id] |= current[id];
    }
    return result;
  }

  Set has(const SelectorList& list) const {
    Set result(dom_.size());
    for (const Complex& complex : list) {
      Set wanted(dom_.size(), 1);
      for (std::size_t i = complex.size(); i-- > 0;) {
        Set here(dom_.size());
        for (NodeId id = 0; id < dom_.size(); ++id) here[id] = wanted[id] && fits_compound(id, complex[i]);
        wanted = gather(here, complex[i].combinator);
      }
      for (NodeId id = 0; id < dom_.size(); ++id) result[id] |= wanted[id];
    }
    return result;
  }

  const SelectorProgram& program_;
  const Dom& dom_;
  std::vector<Set> sets_;
  std::unordered_map<std::size_t, bool> relative_;
  std::vector<int> of_type_, last_of_type_;
};

}  // namespace

std::vector<NodeId> Selector::select(const Dom& dom) const {
  std::vector<NodeId> found;
  const Set set = Evaluation(*program_, dom).run();
  for (NodeId id = 0; id < dom.size(); ++id) {
    if (set[id]) found.push_back(id);
  }
  return found;
}

}  // namespace vigie::parser
