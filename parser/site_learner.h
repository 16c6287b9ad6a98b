#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/records.pb.h"
#include "core/time.h"

namespace vigie::parser {

/// Learns how the pages of one site are made from what each says of itself (PageLesson). Every ad votes once. Pure;
/// bounded: 96 rules, 1,500 blocks, 1,000 contacts, 600 ads.
///
/// What the reader is to go by changes only at certain counts of votes, so that pages are not read otherwise every day.
class SiteLearner {
 public:
  /// `known`: as the store has it.
  explicit SiteLearner(const SiteKnowledge& known = {});

  /// True when pages are to be read otherwise from now on: knowledge() has a new revision.
  bool take(const PageLesson& lesson, Instant now);
  /// Counts the votes although no look is due.
  void settle_now(Instant now) { (void)settle(now); }
  /// Puts what has been learned into `knowledge`: rules on trial too, by which no value is taken yet.
  void write(SiteKnowledge& knowledge) const;
  /// The same without what is on trial: what a store keeps.
  void write_trusted(SiteKnowledge& knowledge) const;
  /// The site's pages are made otherwise now: votes begin anew. What is trusted stands until the new votes are in.
  void begin_anew();
  /// False once enough has been learned: only a sample of the pages need teach.
  bool wants_every_page() const { return listings_ < kEnough; }
  int listings() const { return listings_; }
  /// Of what is trusted: grows when pages are to be read otherwise.
  std::int64_t revision() const { return trusted_.revision(); }

  static constexpr int kEnough = 160;

 private:
  struct Votes {
    int asked = 0;  // listings that have the field
    int firm = 0;   // ... elsewhere than among the words of title and text
    std::map<std::uint64_t, LearnedRule> rules;
    std::map<std::uint64_t, LearnedRule> offers;  // hits: listings that show something of the field's kind there
  };
  struct Block {
    int seen = 0;
    std::uint64_t place = 0;
  };
  bool take_list(const ListingLesson& lesson);
  void vote(const ListingLesson& lesson);
  static void add_vote(std::map<std::uint64_t, LearnedRule>& rules, const LearnedRule& said);
  void take_offers();
  void count_blocks(const ListingLesson& lesson);
  void count_contacts(const ListingLesson& lesson);
  void count_frame(const PageLesson& lesson);
  bool settle(Instant now);
  bool settle_rules();
  bool settle_furniture();
  bool settle_contacts();

  std::map<std::string, Votes> fields_;
  std::map<std::uint64_t, Block> blocks_;
  std::map<std::uint64_t, int> places_;          // blocks seen at each place
  struct Use {
    int ads = 0, beside = 0;  // beside: with another contact that only few ads bear
  };
  std::map<std::string, int> frame_;             // contacts: pages whose frame shows them
  std::map<std::string, Use> own_;               // contacts: ads that bear them, since the votes were last counted
  std::set<std::uint64_t> voted_;                // ads, by hash
  int listings_ = 0, pages_ = 0, next_look_ = 0;
  int since_look_ = 0;                           // listings that own_ counts
  LearnedSite trusted_;                          // what the reader goes by
  std::vector<std::string> own_contacts_;
};

}  // namespace vigie::parser
