#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "core/text.h"
#include "parser_data.h"

using namespace vigie;
namespace fs = std::filesystem;

namespace {

using parser::Dom;
using parser::NodeId;

/// One case of html5lib's tree-construction files.
struct TreeCase {
  std::string file, data;
  std::vector<std::string> tree;  // lines of the expected tree, "| " taken off
  bool fragment = false, scripted = false;
  std::size_t number = 0;  // in its file, from 1
};

std::vector<TreeCase> cases_of(const fs::path& path) {
  std::vector<TreeCase> cases;
  std::string section;
  bool in_text = false;
  const std::string bytes = test::slurp(path);
  for (const auto line : text::split(bytes, '\n')) {
    if (line == "#data") {
      cases.push_back({path.filename().string(), {}, {}, false, false, cases.size() + 1});
      section = line;
      in_text = false;
      continue;
    }
    if (cases.empty()) continue;
    TreeCase& now = cases.back();
    if (line == "#errors" || line == "#new-errors" || line == "#document" || line == "#document-fragment" ||
        line == "#script-on" || line == "#script-off") {
      section = line;
      now.fragment = now.fragment || line == "#document-fragment";
      now.scripted = now.scripted || line == "#script-on";
    } else if (section == "#data") {
      now.data.append(now.data.empty() && !in_text ? "" : "\n").append(line);
      in_text = true;
    } else if (section == "#document" && line.starts_with("| ")) {
      now.tree.emplace_back(line.substr(2));
    } else if (section == "#document" && !now.tree.empty()) {
      now.tree.back().append("\n").append(line);
    }
  }
  for (auto& one : cases) {
    while (!one.tree.empty() && one.tree.back().ends_with('\n')) one.tree.back().pop_back();
  }
  return cases;
}

std::string folded_name(std::string_view name) {
  const auto blank = name.find(' ');  // "svg path", "xlink href": the name space is not kept
  return text::lower_ascii(blank == std::string_view::npos ? name : name.substr(blank + 1));
}

/// The expected tree as ours can be: no comments and doctypes, names in lower case, no bodies of programs and styles.
std::vector<std::string> wanted_lines(const TreeCase& one) {
  std::vector<std::string> lines, attributes;
  std::size_t inert = std::string::npos;    // depth of a script or style
  std::vector<std::size_t> contents;        // depths of "content" lines, which our tree has no node for
  const auto flush = [&] {
    std::sort(attributes.begin(), attributes.end());
    lines.insert(lines.end(), attributes.begin(), attributes.end());
    attributes.clear();
  };
  for (const std::string& line : one.tree) {
    const std::size_t spaces = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view rest = std::string_view(line).substr(spaces);
    std::size_t depth = spaces / 2;
    while (!contents.empty() && depth <= contents.back()) contents.pop_back();
    if (inert != std::string::npos && depth <= inert) inert = std::string::npos;
    if (rest == "content") {
      contents.push_back(depth);
      continue;
    }
    const std::string shown(depth - contents.size(), '>');
    const bool attribute = !rest.starts_with('<') && !rest.starts_with('"');
    if (!attribute) flush();
    if (rest.starts_with("<!")) continue;
    if (attribute) {
      const auto equals = rest.find("=\"");
      if (equals != std::string_view::npos)
        attributes.push_back(shown + folded_name(rest.substr(0, equals)) + std::string(rest.substr(equals)));
    } else if (rest.starts_with('<')) {
      const std::string name = folded_name(rest.substr(1, rest.size() - 2));
      lines.push_back(shown + "<" + name + ">");
      if (name == "script" || name == "style") inert = depth;
    } else if (inert == std::string::npos) {
      lines.push_back(shown + std::string(rest));
    }
  }
  flush();
  return lines;
}

std::vector<std::string> lines_of(const Dom& dom) {
  std::vector<std::string> lines;
  for (NodeId id = 0; id < dom.size(); ++id) {
    const auto& node = dom[id];
    const std::string depth(node.depth, '>');
    if (!dom.is_element(id)) {
      const auto parent = dom[node.parent].name;
      if (parent != "script" && parent != "style") lines.push_back(depth + "\"" + std::string(dom.raw_text(id)) + "\"");
      continue;
    }
    lines.push_back(depth + "<" + std::string(node.name) + ">");
    std::vector<std::string> attributes;
    for (unsigned i = 0; i < node.attr_count; ++i) {
      const auto& a = dom.attributes(id)[i];
      attributes.push_back(depth + ">" + std::string(a.name) + "=\"" + std::string(a.value) + "\"");
    }
    std::sort(attributes.begin(), attributes.end());
    lines.insert(lines.end(), attributes.begin(), attributes.end());
  }
  return lines;
}

/// The same page without its short form: what the tree builder makes of the markup itself.
Result<Dom> tree_of_full(const parser::Guarded& guarded) {
  parser::Guarded plain;
  plain.html = guarded.full_html();
  return Dom::parse(std::move(plain));
}

// Where the tree builder (Gumbo 0.10.1 of 2015) differs from the cases of 2025, by what the case is about. The first row
// that holds names a difference; one that no row explains fails.
struct Difference {
  const char* about;
  std::initializer_list<const char*> marks;  // any of them stands in the markup
  const char* why;
};
#include "parser_tree_differences.h"

const Difference* difference_of(const TreeCase& one) {
  const std::string data = text::lower_ascii(one.data);
  for (const Difference& d : kDifferences) {
    for (const char* mark : d.marks) {
      if (data.find(mark) != std::string::npos) return &d;
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("html5lib: trees are as the standard has them, but for a listed set of differences") {
  const fs::path dir = test::data_dir() / "html5lib/tree-construction";
  if (!fs::exists(dir)) {
    MESSAGE("skipped: no html5lib in ", test::data_dir().string());
    return;
  }
  std::map<std::string, int> by_class;
  int same = 0, fragments = 0, scripted = 0;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(dir)) {
    if (entry.path().extension() == ".dat") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    for (const TreeCase& one : cases_of(file)) {
      fragments += one.fragment;
      scripted += !one.fragment && one.scripted;
      if (one.fragment || one.scripted) continue;
      const auto dom = test::dom_of(one.data, "text/html; charset=utf-8");
      if (dom && lines_of(*dom) == wanted_lines(one)) {
        ++same;
        continue;
      }
      const Difference* known = difference_of(one);
      if (known) {
        ++by_class[known->about];
        continue;
      }
      CAPTURE(one.file);
      CAPTURE(one.number);
      CAPTURE(one.data);
      std::string wanted, got;
      for (const auto& line : wanted_lines(one)) wanted += line + "\n";
      if (dom) {
        for (const auto& line : lines_of(*dom)) got += line + "\n";
      }
      CHECK(got == wanted);
    }
  }
  MESSAGE("html5lib trees: ", same, " as they should be; left out: ", fragments, " fragments, ", scripted, " with scripts");
  int different = 0;
  for (const Difference& d : kDifferences) {
    MESSAGE("  differ: ", by_class[d.about], " on ", std::string(d.about), ": ", std::string(d.why));
    different += by_class[d.about];
  }
  CHECK(different <= kMostDifferences);
}

TEST_CASE("the short form that the tree builder reads gives the tree of the page itself") {
  int pages = 0;
  const auto check = [&](const std::string& bytes, const std::string& place) {
    const auto guarded = parser::guard(parser::to_utf8(bytes, "").text);
    if (!guarded) return;
    const auto full = tree_of_full(*guarded);
    const auto dom = Dom::parse(*guarded);
    CAPTURE(place);
    REQUIRE(static_cast<bool>(full) == static_cast<bool>(dom));
    ++pages;
    if (!dom) return;
    const auto got = lines_of(*dom), wanted = lines_of(*full);
    for (std::size_t i = 0; i < std::max(got.size(), wanted.size()); ++i) {
      const std::string ours = i < got.size() ? got[i] : "", theirs = i < wanted.size() ? wanted[i] : "";
      CHECK(ours == theirs);
      if (ours != theirs) break;
    }
  };
  for (const char* page : {
           "<p class='a &amp; b' id=x>some text that is long &eacute; and longer still<br/><img src=a.jpg alt=''>",
           "<title>long enough a title <b class='x y z'>is text</b></title><textarea>never closed <i id=abcdefghijkl>",
           "<table><tr>some text that is long<td class=abcdefghijklmn>x<input type=hidden name=abcdefghijkl></table>",
           "<svg viewBox='0 0 10 10'><path d='M 0 0 L 10 10'/><![CDATA[ a > bbbbbbbbbbbbbbbbbbb ]]></svg>after it all",
           "<body class=aaaaaaaaaaaaaaaa><body id=bbbbbbbbbbbbbbbbbb class=no><html lang=fr dir=ltr-ltr-ltr-ltr>",
           "<a href='/some/where?a=1&b=2&copy=3'>one two three four<a href=/another/place>five six seven eight</a>",
           "<div CLASS=\"Some Names\" Class=second data-X='y' =odd a/b/c=d//>text &notit; &lt &amp;amp; text of length"}) {
    check(page, page);
  }
  for (const char* set : {"html5lib/tree-construction", "wcxb", "record-pages", "structured-data-cases"}) {
    const fs::path dir = test::data_dir() / set;
    if (!fs::exists(dir)) continue;
    for (const auto& file : test::html_files(dir)) check(test::slurp(file), file.string());
    for (const auto& entry : fs::directory_iterator(dir)) {
      if (entry.path().extension() != ".dat") continue;
      for (const TreeCase& one : cases_of(entry.path()))
        check(one.data, one.file + " " + std::to_string(one.number));
    }
  }
  MESSAGE(pages, " pages compared");
}
