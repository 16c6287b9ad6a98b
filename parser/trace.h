#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parser/detail.h"
#include "parser/dom.h"

namespace vigie::parser {

/// Where a value came from, as `ValueOrigin.source` spells it, and how often such a value is right on sites that nobody
/// has described (tests/auto_test.py prints what the demo web gives).
struct Source {
  std::string_view name;
  double sure = 0;
};
inline constexpr Source kFromTemplate{"template", 1}, kFromLearned{"learned", 0.97}, kFromHeading{"heading", 0.97},
    kFromLabel{"label", 0.95}, kFromMarked{"marked", 0.9}, kFromLine{"line", 0.9}, kFromText{"text", 0.7},
    kFromTitle{"title", 0.7}, kFromMeta{"meta", 0.8}, kFromLink{"link", 0.98}, kFromPage{"page", 0.6},
    kFromMined{"mined", 0.85};

/// What a reader notes as it takes a value. Nodes are of one page: a note dies with it.
struct Note {
  std::string field;          // as a template names it
  std::string source;
  double sure = 0;
  NodeId begin = kNone, end = 0;  // nodes that hold it and nothing else; kNone: it stands in no element
  std::string label;              // of a label row; else what the statement is called
};

/// Notes of one listing, last word last.
struct Trace {
  std::vector<Note> notes;
  std::vector<LabelRow> rows;

  void note(std::string_view field, Source source, NodeId begin, NodeId end, std::string_view label = {}) {
    notes.push_back({std::string(field), std::string(source.name), source.sure, begin, end, std::string(label)});
  }
  const Note* of(std::string_view field) const {
    for (auto it = notes.rbegin(); it != notes.rend(); ++it) {
      if (it->field == field) return &*it;
    }
    return nullptr;
  }
};

}  // namespace vigie::parser
