// Included by parser_tree_test.cpp alone.
constexpr int kMostDifferences = 85;
const Difference kDifferences[] = {
    {"content of select", {"<select"}, "since 2025 a select holds any content; Gumbo drops it, and so do older browsers"},
    {"menuitem", {"<menuitem"}, "was an empty element in 2015, is an unknown one now"},
    {"isindex", {"<isindex"}, "was a form of its own, is an unknown element now"},
    {"search and dialog", {"<search", "<dialog"}, "are blocks that close a paragraph now; unknown to Gumbo"},
    {"plaintext and CDATA", {"<plaintext", "<![cdata["}, "NUL is dropped by the guard, where the standard shows U+FFFD"},
    {"text in tables", {"<table"}, "text that is moved out of a table stands in several runs, or in another order"},
    {"svg and math", {"<svg", "<math"}, "end tags p and br leave them now; names of foreign attributes are not kept apart"},
    {"numbers of references", {"&#"}, "over 32 bits Gumbo counts on and finds another character"},
    {"attributes without a name", {"<img <"}, "a '<' in a tag: another attribute name"},
};
