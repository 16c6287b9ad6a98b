#include "parser/site_learner.h"

#include <algorithm>

#include "core/hash.h"
#include "parser/learned.h"

namespace vigie::parser {
namespace {

constexpr int kLooks[] = {5, 8, 12, 20, 40, 80, 160};  // counts of ads at which the votes are counted
constexpr int kLeastHits = 4, kLeastLists = 2;
constexpr double kAgreed = 0.9, kLost = 0.8;  // of the listings in which a rule points at something
constexpr double kSeldom = 0.2, kOffered = 0.6;  // of all listings
constexpr double kCommon = 0.5;               // of the listings that have the field
constexpr std::size_t kRulesOfField = 12, kOnTrial = 4, kTrusted = 2;
constexpr int kLeastRepeats = 8;
constexpr double kRepeats = 0.8, kConstant = 0.9, kBeside = 0.66, kRare = 0.2;
constexpr std::size_t kMostBlocks = 1500, kMostContacts = 1000, kMostFurniture = 200, kMostOwn = 20;
constexpr std::size_t kMostVoted = 600;

double precision(const LearnedRule& rule) {
  const int spoke = rule.hits() + rule.misses();
  return spoke ? static_cast<double>(rule.hits()) / spoke : 0;
}

/// How long a rule lasts when a page is made anew a little: what is named beats what is counted.
int robustness(const LearnedRule& rule) {
  if (!rule.label().empty()) return 4;
  if (rule.at().starts_with('#') || rule.at().starts_with('[')) return 3;
  return 2 - static_cast<int>(std::count(rule.at().begin(), rule.at().end(), '>'));
}

bool better(const LearnedRule& a, const LearnedRule& b) {
  if (a.hits() != b.hits()) return a.hits() > b.hits();
  if (a.misses() != b.misses()) return a.misses() < b.misses();
  if (robustness(a) != robustness(b)) return robustness(a) > robustness(b);
  return a.at() < b.at();
}

template <class Counts>
void forget_rare(Counts& counts, std::size_t most) {
  if (counts.size() <= most) return;
  std::erase_if(counts, [](const auto& each) {
    if constexpr (requires { each.second.seen; }) return each.second.seen <= 1;
    else if constexpr (requires { each.second.ads; }) return each.second.ads <= 1;
    else return each.second <= 1;
  });
}

bool same_rules(const LearnedSite& a, const LearnedSite& b) {
  if (a.rules_size() != b.rules_size()) return false;
  for (int i = 0; i < a.rules_size(); ++i) {
    if (a.rules(i).field() != b.rules(i).field() || a.rules(i).key() != b.rules(i).key()) return false;
  }
  return true;
}

}  // namespace

SiteLearner::SiteLearner(const SiteKnowledge& known)
    : next_look_(kLooks[0]), trusted_(known.learned()),
      own_contacts_(known.own_contacts().begin(), known.own_contacts().end()) {
  // What the store has counts as votes, so that a restart begins where it stopped.
  for (const auto& rule : trusted_.rules()) {
    auto& votes = fields_[rule.field()];
    votes.asked = std::max(votes.asked, rule.hits() + rule.misses());
    votes.rules[rule.key()] = rule;
  }
  listings_ = trusted_.listings();
  for (const int look : kLooks) {
    if (next_look_ <= listings_) next_look_ = look;
  }
}

void SiteLearner::begin_anew() {
  fields_.clear();
  blocks_.clear();
  places_.clear();
  frame_.clear();
  own_.clear();
  voted_.clear();
  listings_ = pages_ = since_look_ = 0;
  next_look_ = kLooks[0];
}

bool SiteLearner::take(const PageLesson& lesson, Instant now) {
  bool any = false;
  for (const auto& listing : lesson.listings()) {
    if (listing.ad().empty()) return take_list(listing) && settle(now);  // a list: it says nothing else
    if (voted_.size() >= kMostVoted || !voted_.insert(hash64(listing.ad())).second) continue;
    any = true;
    ++listings_;
    ++since_look_;
    vote(listing);
    count_blocks(listing);
    count_contacts(listing);
  }
  if (!any) return false;
  count_frame(lesson);
  if (listings_ < next_look_) return false;
  return settle(now);
}

// Lists vote on the make of their ads' addresses, each set of records once; counted at the second, fourth, eighth ...
bool SiteLearner::take_list(const ListingLesson& lesson) {
  if (lesson.places_size() == 0 || lesson.fields_size() == 0 || voted_.size() >= kMostVoted) return false;
  if (!voted_.insert(lesson.places(0)).second) return false;
  vote(lesson);
  const int lists = fields_[lesson.fields(0).field()].asked;
  return lists >= kLeastLists && (lists & (lists - 1)) == 0;
}

void SiteLearner::add_vote(std::map<std::uint64_t, LearnedRule>& rules, const LearnedRule& said) {
  if (said.at().empty()) return;
  const auto known = rules.find(said.key());
  if (known == rules.end() && rules.size() >= kRulesOfField) {
    const auto weakest = std::min_element(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.second.hits() < b.second.hits(); });
    if (weakest->second.hits() > 1) return;
    rules.erase(weakest);
  }
  auto& rule = rules[said.key()];
  if (rule.field().empty()) {
    rule = said;
    rule.set_hits(0);
  }
  rule.set_hits(rule.hits() + 1);
}

void SiteLearner::vote(const ListingLesson& lesson) {
  for (const auto& field : lesson.fields()) {
    auto& votes = fields_[field.field()];
    const bool firm = std::any_of(field.here().begin(), field.here().end(), [](const LearnedRule& rule) { return rule.hits() > 0; }) ||
                      (field.found() && field.field() != "text" && field.source() != "text" && field.source() != "title" && field.source() != "meta");
    votes.asked += field.found();
    votes.firm += firm;
    for (const auto& here : field.here()) add_vote(here.hits() > 0 ? votes.rules : votes.offers, here);
    for (const auto key : field.elsewhere()) {
      const auto at = votes.rules.find(key);
      if (at != votes.rules.end()) at->second.set_misses(at->second.misses() + 1);
    }
  }
}

// Where single pages say nothing firm of a field, a place that shows something of its kind on most of them is its place.
void SiteLearner::take_offers() {
  for (auto& [field, votes] : fields_) {
    if (votes.offers.empty() || votes.firm > kSeldom * listings_) continue;
    for (const auto& [key, offer] : votes.offers) {
      if (offer.hits() < kLeastHits || offer.hits() < kOffered * listings_) continue;
      auto& rule = votes.rules[key];
      const int hits = std::max(rule.hits(), offer.hits());
      rule = offer;
      rule.set_hits(hits);
    }
    for (const auto& [key, rule] : votes.rules) votes.asked = std::max(votes.asked, rule.hits());
    votes.offers.clear();
  }
}

void SiteLearner::count_blocks(const ListingLesson& lesson) {
  std::set<std::uint64_t> once;
  for (int i = 0; i < lesson.blocks_size() && i < lesson.places_size(); ++i) {
    ++places_[lesson.places(i)];
    if (!once.insert(lesson.blocks(i)).second) continue;
    auto& block = blocks_[lesson.blocks(i)];
    ++block.seen;
    block.place = lesson.places(i);
  }
  forget_rare(blocks_, kMostBlocks);
  forget_rare(places_, kMostBlocks);
}

void SiteLearner::count_contacts(const ListingLesson& lesson) {
  // The same number under two kinds (telephone, WhatsApp) is one contact.
  const auto value = [](const std::string& contact) { return std::string_view(contact).substr(contact.find(':') + 1); };
  for (const auto& contact : lesson.contacts()) {
    auto& use = own_[contact];
    ++use.ads;
    use.beside += std::any_of(lesson.contacts().begin(), lesson.contacts().end(), [&](const std::string& other) {
      if (value(other) == value(contact)) return false;
      const auto at = own_.find(other);
      return at == own_.end() || at->second.ads <= 1 + kRare * since_look_;
    });
  }
}

void SiteLearner::count_frame(const PageLesson& lesson) {
  ++pages_;
  for (const auto& contact : lesson.frame_contacts()) ++frame_[contact];
  forget_rare(frame_, kMostContacts);
  forget_rare(own_, kMostContacts);
}

bool SiteLearner::settle(Instant now) {
  next_look_ = 1 << 30;
  for (const int look : kLooks) {
    if (look > listings_) {
      next_look_ = look;
      break;
    }
  }
  const bool rules = settle_rules(), furniture = settle_furniture(), contacts = settle_contacts();
  own_.clear();
  since_look_ = 0;
  trusted_.set_listings(listings_);
  if (!rules && !furniture && !contacts) return false;
  trusted_.set_revision(trusted_.revision() + 1);
  trusted_.set_learned_ms(to_ms(now));
  return true;
}

bool SiteLearner::settle_rules() {
  take_offers();
  LearnedSite chosen;
  for (const auto& [field, votes] : fields_) {
    std::vector<LearnedRule> good;
    for (const auto& [key, rule] : votes.rules) {
      const bool enough = rule.hits() >= (field == kAdAddress ? kLeastLists : kLeastHits) && rule.hits() >= kCommon * votes.asked;
      if (enough && precision(rule) >= (rule.trusted() ? kLost : kAgreed)) good.push_back(rule);
    }
    std::sort(good.begin(), good.end(), better);
    if (good.size() > kTrusted) good.resize(kTrusted);
    for (auto& rule : good) {
      rule.set_trusted(true);
      *chosen.add_rules() = rule;
    }
  }
  for (auto& [field, votes] : fields_) {
    for (auto& [key, rule] : votes.rules) {
      rule.set_trusted(std::any_of(chosen.rules().begin(), chosen.rules().end(), [&name = field, &wanted = key](const LearnedRule& c) { return c.field() == name && c.key() == wanted; }));
    }
  }
  const bool changed = !same_rules(trusted_, chosen);
  trusted_.mutable_rules()->Swap(chosen.mutable_rules());
  return changed;
}

// A block is the site's own when most ads show it and its place shows nothing else. Where one advertiser fills a site,
// the place of the text shows other texts as well.
bool SiteLearner::settle_furniture() {
  if (listings_ < kLeastRepeats) return false;
  std::map<std::uint64_t, int> constant;  // of each place: blocks that repeat
  const auto repeats = [&](const Block& block) { return block.seen >= kLeastRepeats && block.seen >= kRepeats * listings_; };
  for (const auto& [key, block] : blocks_) {
    if (repeats(block)) constant[block.place] += block.seen;
  }
  std::vector<std::uint64_t> found;
  for (const auto& [key, block] : blocks_) {
    if (repeats(block) && constant[block.place] >= kConstant * places_[block.place]) found.push_back(key);
  }
  if (found.size() > kMostFurniture) found.resize(kMostFurniture);
  // After a start the counts are new, while what was learned stands: it goes only when the votes begin anew.
  if (static_cast<int>(voted_.size()) < listings_) found.insert(found.end(), trusted_.furniture().begin(), trusted_.furniture().end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (std::equal(found.begin(), found.end(), trusted_.furniture().begin(), trusted_.furniture().end())) return false;
  trusted_.mutable_furniture()->Assign(found.begin(), found.end());
  return true;
}

// In the frame of most pages, and either no advertiser's or on most ads as well.
bool SiteLearner::settle_contacts() {
  if (pages_ < kLooks[0]) return false;
  bool changed = false;
  for (const auto& [contact, pages] : frame_) {
    if (pages < kRepeats * pages_ || own_contacts_.size() >= kMostOwn) continue;
    const auto at = own_.find(contact);
    if (at != own_.end() && at->second.ads < kCommon * since_look_) continue;
    if (std::find(own_contacts_.begin(), own_contacts_.end(), contact) != own_contacts_.end()) continue;
    own_contacts_.push_back(contact);
    changed = true;
  }
  // On most ads, and beside the advertiser's own: nobody's but the site's, wherever it stands.
  for (const auto& [contact, use] : own_) {
    const bool everywhere = since_look_ >= kLeastRepeats && use.ads >= kRepeats * since_look_ && use.beside >= kBeside * use.ads;
    if (!everywhere || own_contacts_.size() >= kMostOwn) continue;
    if (std::find(own_contacts_.begin(), own_contacts_.end(), contact) != own_contacts_.end()) continue;
    own_contacts_.push_back(contact);
    changed = true;
  }
  const auto gone = std::erase_if(own_contacts_, [&](const std::string& contact) {
    const auto pages = frame_.find(contact);
    return pages != frame_.end() && pages->second < kCommon * pages_;
  });
  return changed || gone > 0;
}

void SiteLearner::write_trusted(SiteKnowledge& knowledge) const {
  *knowledge.mutable_learned() = trusted_;
  knowledge.mutable_own_contacts()->Assign(own_contacts_.begin(), own_contacts_.end());
}

void SiteLearner::write(SiteKnowledge& knowledge) const {
  write_trusted(knowledge);
  if (!wants_every_page()) return;
  for (const auto& [field, votes] : fields_) {
    std::vector<LearnedRule> trial;
    for (const auto& [key, rule] : votes.rules) {
      if (!rule.trusted() && rule.hits() > 1) trial.push_back(rule);
    }
    std::sort(trial.begin(), trial.end(), better);
    if (trial.size() > kOnTrial) trial.resize(kOnTrial);
    for (auto& rule : trial) *knowledge.mutable_learned()->add_rules() = std::move(rule);
  }
}

}  // namespace vigie::parser
