// A template for a site, proposed from its stored pages.
#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "app/arguments.h"
#include "app/common.h"
#include "app/output.h"
#include "app/worker.h"
#include "core/text.h"
#include "parser/learned.h"
#include "parser/site_learner.h"

namespace vigie::app {
namespace {

constexpr std::size_t kMostPages = 60;
constexpr double kLeastShare = 0.5;  // of the pages that show the field; a rule that finds fewer is not proposed

struct StoredPage {
  std::string url, body;
  std::int64_t seen_ms = 0;
};

/// What both readings of one page say: without a template, and by the proposed one.
using Values = std::map<std::string, std::map<std::string, std::string>>;  // ad -> field -> value

std::string value_of(const Ad& ad, const std::string& field) {
  if (field == "price") return cell(ad, "price.amount") + " " + ad.price().currency();
  if (field == "text") return ad.text();  // a cell is cut
  return cell(ad, field == "place" ? "place.text" : field);
}

/// The newest pages of the site's ads, each body once.
Result<std::vector<StoredPage>> stored_pages(storage::Store& store, const std::string& site) {
  std::vector<StoredPage> pages;
  std::set<std::string> bodies;
  Status failed;
  storage::AdQuery query;
  query.site = site;
  const auto walked = store.each_ad(query, [&](const StoredAd& stored) {
    auto versions = store.versions(stored.ad().ad());
    if (!versions) {
      failed = std::move(versions).error();
      return false;
    }
    if (versions->empty() || !bodies.insert(versions->back().sha256()).second) return true;
    const auto sha = text::from_hex(versions->back().sha256());
    auto body = sha ? store.raw(*sha) : Result<std::string>(fail(Errc::not_found, ""));
    if (body) pages.push_back({stored.page(), *std::move(body), to_ms(from_timestamp(versions->back().seen()))});
    return pages.size() < kMostPages;
  });
  if (!walked) return walked.error();
  if (!failed) return failed.error();
  return pages;
}

Result<PageRecord> read(Worker& worker, const SiteOptions& site, const StoredPage& stored, const SiteKnowledge& knowledge, bool teach) {
  ParseRequest request;
  *request.mutable_site() = site;
  *request.mutable_knowledge() = knowledge;
  request.set_body(stored.body);
  request.set_url(stored.url);
  request.set_fetched_ms(stored.seen_ms);
  request.set_status(200);
  request.set_teach(teach);
  request.set_explain(!teach);
  return worker.parse(request);
}

std::string quoted_pattern(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' ' || static_cast<unsigned char>(c) >= 0x80;
    if (!plain) out += '\\';
    out += c;
  }
  return out;
}

/// The rule of each field that most pages agree on, with nothing counted yet.
std::vector<ProposedField> chosen_rules(const parser::SiteLearner& learner) {
  SiteKnowledge known;
  learner.write(known);
  std::vector<ProposedField> chosen;
  for (const auto& rule : known.learned().rules()) {  // the trusted ones first, better ones first
    const auto same = [&](const ProposedField& p) { return p.field() == rule.field(); };
    if (rule.field() == parser::kAdAddress || std::any_of(chosen.begin(), chosen.end(), same)) continue;
    ProposedField& proposed = chosen.emplace_back();
    proposed.set_field(rule.field());
    proposed.set_at(rule.at());
    const bool whole_row = !rule.label().empty() && rule.at().find(" + ") == std::string::npos;
    if (whole_row) proposed.set_match("(?i)^" + quoted_pattern(rule.label()) + "\\s*:?\\s*(.+)$");
  }
  return chosen;
}

SiteOptions with_rules(SiteOptions site, const std::vector<ProposedField>& rules) {
  for (const auto& proposed : rules) {
    if (proposed.field() == "listing") {
      site.set_listing(proposed.at());
      continue;
    }
    auto& rule = *site.add_fields();
    rule.set_name(proposed.field());
    rule.set_at(proposed.at());
    if (proposed.has_match()) rule.set_match(proposed.match());
  }
  return site;
}

/// A text may leave out what a page has around it: a line with the telephone, a counter.
bool same_value(const std::string& field, const std::string& found, const std::string& by_rule) {
  if (field != "text") return found == by_rule;
  return found.find(by_rule) != std::string::npos && by_rule.size() * 10 >= found.size() * 7;
}

void count(ProposedField& proposed, const Values& found, const Values& by_rule) {
  for (const auto& [ad, fields] : found) {
    const auto mined = fields.find(proposed.field());
    const auto other = by_rule.find(ad);
    const auto ruled = other == by_rule.end() ? fields.end() : other->second.find(proposed.field());
    const bool has = mined != fields.end(), says = other != by_rule.end() && ruled != other->second.end();
    proposed.set_pages(proposed.pages() + has);
    const bool alike = has && says && same_value(proposed.field(), mined->second, ruled->second);
    proposed.set_matched(proposed.matched() + alike);
    proposed.set_other(proposed.other() + (has && says && !alike));
    proposed.set_only_rule(proposed.only_rule() + (!has && says));
  }
  proposed.set_share(proposed.pages() ? static_cast<double>(proposed.matched()) / proposed.pages() : 0);
}

void print_yaml(const std::string& site, std::size_t pages, const std::vector<ProposedField>& rules) {
  const auto quoted = [](const std::string& css) {
    std::string out = "'";
    for (const char c : css) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
  };
  std::printf("    # proposed by `vigie learn %s` from %zu stored pages; after each field: how many of the pages that show it it matches\n",
              site.c_str(), pages);
  for (const auto& rule : rules) {
    if (rule.field() == "listing") std::printf("    listing: %s\n", quoted(rule.at()).c_str());
  }
  std::printf("    fields:\n");
  for (const auto& rule : rules) {
    if (rule.field() == "listing") continue;
    const std::string match = rule.has_match() ? ", match: " + quoted(rule.match()) : "";
    std::printf("      %s: {at: %s%s}  # %d of %d", rule.field().c_str(), quoted(rule.at()).c_str(), match.c_str(), rule.matched(), rule.pages());
    if (rule.other() > 0) std::printf(", another value on %d", rule.other());
    if (rule.only_rule() > 0) std::printf(", alone on %d", rule.only_rule());
    std::printf("\n");
  }
}

Values values_of(const PageRecord& page, bool template_only) {
  Values values;
  for (const auto& listing : page.listings()) {
    auto& fields = values[listing.ad()];
    for (const char* field : {"title", "text", "name", "age", "price", "place", "posted", "category"}) {
      const auto said = value_of(listing, field);
      if (!said.empty() && said != " ") fields[field] = said;
    }
  }
  if (!template_only) return values;
  for (auto& [ad, fields] : values) {
    std::erase_if(fields, [&, &id = ad](const auto& each) {
      return std::none_of(page.origins().begin(), page.origins().end(), [&](const ValueOrigin& origin) {
        return origin.ad() == id && origin.field() == each.first && origin.source() == "template";
      });
    });
  }
  return values;
}

Result<std::vector<ProposedField>> propose(const SiteOptions& site, const std::vector<StoredPage>& pages) {
  Worker worker("/proc/self/exe", {});
  parser::SiteLearner first, learner;
  for (const auto& stored : pages) {
    SiteKnowledge known;
    first.write(known);
    auto page = read(worker, site, stored, known, true);
    if (page) (void)first.take(page->lesson(), from_ms(stored.seen_ms));
  }
  first.settle_now(from_ms(pages.back().seen_ms));
  // Once more, by what the first look has taught: these are the values that a template has to match.
  Values found, by_rule;
  for (const auto& stored : pages) {
    SiteKnowledge known;
    first.write(known);
    auto page = read(worker, site, stored, known, true);
    if (!page) continue;
    (void)learner.take(page->lesson(), from_ms(stored.seen_ms));
    found.merge(values_of(*page, false));
  }
  learner.settle_now(from_ms(pages.back().seen_ms));
  auto rules = chosen_rules(learner);
  for (const auto& stored : pages) {
    auto page = read(worker, with_rules(site, rules), stored, {}, false);
    if (page) by_rule.merge(values_of(*page, true));
  }
  for (auto& rule : rules) {
    if (rule.field() != "listing") count(rule, found, by_rule);
  }
  std::erase_if(rules, [](const ProposedField& rule) { return rule.field() != "listing" && rule.share() < kLeastShare; });
  return rules;
}

}  // namespace

int run_learn(const Arguments& arguments) {
  const auto& name = arguments.words.front();
  const auto loaded = load_config(arguments.config);
  const auto site = std::find_if(loaded.config.sites.begin(), loaded.config.sites.end(), [&](const SiteOptions& s) { return s.site() == name; });
  if (site == loaded.config.sites.end()) return complain(arguments.config + ": no site " + name);
  const auto store = open_to_read(arguments);
  if (!store) return 1;
  auto pages = stored_pages(*store, name);
  if (!pages) return complain(pages.error());
  if (pages->size() < 3) return complain(name + ": " + std::to_string(pages->size()) + " stored pages; three are needed to compare");
  SiteOptions bare = *site;
  bare.clear_listing();
  bare.clear_fields();
  bare.set_extract("auto");
  auto rules = propose(bare, *pages);
  if (!rules) return complain(rules.error());
  if (rules->empty()) return complain(name + ": its pages have nothing in common that a rule could name");
  if (arguments.output.empty() || arguments.output == "yaml") {
    print_yaml(name, pages->size(), *rules);
    return 0;
  }
  Output output(arguments.output, {"field", "at", "match", "pages", "matched", "other", "only_rule", "share"});
  for (const auto& rule : *rules) output.row(rule);
  return 0;
}

}  // namespace vigie::app
