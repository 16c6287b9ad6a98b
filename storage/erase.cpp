#include "storage/erase.h"

#include <algorithm>

#include "core/text.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

constexpr std::size_t kLeastSpelling = 6, kDigits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What people put between the digits of a number, byte by byte; the last two are those of a no-break space.
bool separates(char c) { return std::string_view(" .-_/()\t\xc2\xa0").find(c) != std::string_view::npos; }

void add_spellings(Needle& needle, const Ad& ad, std::string_view kind, std::string_view value, bool& shown) {
  for (const auto& contact : ad.contacts()) {
    if (contact.kind() != kind || contact.value() != value) continue;
    shown = true;
    needle.add(contact.raw());
  }
}

}  // namespace

Needle::Needle(std::string_view kind, std::string_view value) {
  spellings_.emplace(value);
  if (kind != "phone" && kind != "whatsapp" && kind != "signal" && kind != "viber") return;
  for (const char c : value) {
    if (is_digit(c)) digits_ += c;
  }
  if (digits_.size() < kDigits) digits_.clear();
  else digits_ = digits_.substr(digits_.size() - kDigits);
}

void Needle::add(std::string_view spelling) {
  if (spelling.size() >= kLeastSpelling) spellings_.emplace(spelling);
}

bool Needle::in(std::string_view bytes) const {
  for (const auto& spelling : spellings_) {
    if (bytes.find(spelling) != std::string_view::npos) return true;
  }
  if (digits_.empty()) return false;
  std::string run;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (is_digit(bytes[i])) {
      run += bytes[i];
      if (run.size() > kDigits) run.erase(0, 1);
      if (run == digits_) return true;
    } else if (bytes.substr(i).starts_with("&nbsp;")) {
      i += 5;
    } else if (!separates(bytes[i])) {
      run.clear();
    }
  }
  return false;
}

Status find_ads(View& view, std::string_view kind, std::string_view value, ErasePlan& plan) {
  plan.needle = Needle(kind, value);
  const auto states = scan_messages<StoredAd>(view, Family::ad, "a", [&](std::string_view, const StoredAd& stored) {
    bool shown = false;
    add_spellings(plan.needle, stored.ad(), kind, value, shown);
    if (shown) plan.ads.insert(stored.ad().ad());
    return true;
  });
  if (!states) return states;
  const auto versions = scan_messages<Version>(view, Family::version, "v", [&](std::string_view, const Version& version) {
    bool shown = false;
    add_spellings(plan.needle, version.ad_record(), kind, value, shown);
    if (shown) plan.ads.insert(version.ad());
    return true;
  });
  if (!versions) return versions;
  // Only now every spelling is known: whoever has one of them anywhere in the record goes as well.
  for (const auto& [family, letter] : {std::pair{Family::ad, 'a'}, std::pair{Family::version, 'v'}}) {
    const auto walked = view.scan_prefix(family, std::string(1, letter), [&, letter = letter](std::string_view key, std::string_view bytes) {
      if (plan.needle.in(bytes)) plan.ads.insert(letter == 'a' ? std::string(key.substr(1)) : KeyReader(key.substr(1)).s());
      return true;
    });
    if (!walked) return walked;
  }
  return {};
}

namespace {

class Planner {
 public:
  Planner(View& view, ErasePlan& plan) : view_(view), plan_(plan) {}

  Status run() {
    using Part = Status (Planner::*)();
    for (const Part part : {&Planner::holds, &Planner::bodies, &Planner::versions, &Planner::visits, &Planner::networks,
                            &Planner::alerts, &Planner::messages, &Planner::sites}) {
      if (auto done = (this->*part)(); !done) return done;
    }
    return {};
  }

 private:
  Status holds() {
    for (const auto& id : std::set<std::string>(plan_.ads)) {
      auto stored = get_message<StoredAd>(view_, Family::ad, ad_key(id));
      if (!stored) return std::move(stored).error();
      if (!*stored || (*stored)->retention().holds().empty()) continue;
      plan_.ads.erase(id);
      plan_.held.insert(id);
    }
    return {};
  }

  /// By content: only a needle needs to read them.
  Status bodies() {
    if (!plan_.needle) return {};
    const auto walked = each_dictionary(view_, [&](const DictionaryRow& row) {
      if (plan_.needle.in(row.bytes)) plan_.dictionaries.emplace(row.site, row.number);
      return true;
    });
    if (!walked) return walked;
    Unpacker unpack(view_);
    return scan_messages<RawBody>(view_, Family::raw, "", [&](std::string_view key, const RawBody& body) {
      const auto bytes = unpack(body);
      // What cannot be unpacked cannot be cleared of suspicion; check() names it.
      if (body.retention().holds().empty() && bytes && plan_.needle.in(*bytes)) plan_.bodies.emplace(key);
      return true;
    });
  }

  /// Bodies that only what goes refers to; versions of others whose body goes.
  Status versions() {
    std::set<std::string> mine, others;
    std::map<std::string, std::vector<std::string>> stripped;  // body -> versions of others
    Status bad;
    const auto walked = scan_messages<Version>(view_, Family::version, "v", [&](std::string_view key, const Version& version) {
      const auto sha = text::from_hex(version.sha256());
      if (!sha || sha->empty()) return true;
      const bool goes = plan_.ads.contains(version.ad());
      (goes ? mine : others).insert(*sha);
      if (goes || !plan_.bodies.contains(*sha)) return true;
      auto stored = get_message<StoredAd>(view_, Family::ad, ad_key(version.ad()));
      if (!stored) bad = std::move(stored).error();
      else if (*stored && !(*stored)->retention().holds().empty()) plan_.bodies.erase(*sha);  // what a held ad refers to stays
      else stripped[*sha].emplace_back(key);
      return static_cast<bool>(bad);
    });
    if (!walked || !bad) return walked ? bad : walked;
    for (const auto& [sha, keys] : stripped) {
      if (plan_.bodies.contains(sha)) plan_.versions.insert(keys.begin(), keys.end());
    }
    for (const auto& sha : mine) {
      if (others.contains(sha)) continue;
      auto body = get_message<RawBody>(view_, Family::raw, sha);
      if (!body) return std::move(body).error();
      if (*body && (*body)->retention().holds().empty()) plan_.bodies.insert(sha);
    }
    return {};
  }

  Status visits() {
    return view_.scan_prefix(Family::visit, "u", [&](std::string_view key, std::string_view bytes) {
      Visit visit;
      if (!visit.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return true;
      if (plan_.needle.in(bytes)) plan_.visits.emplace(key.substr(1));
      const auto& ads = visit.ads();
      if (std::any_of(ads.begin(), ads.end(), [&](const auto& ad) { return plan_.ads.contains(ad); })) plan_.pages.emplace(key.substr(1));
      return true;
    });
  }

  Status networks() {
    const auto hubs = view_.scan_prefix(Family::link, "h", [&](std::string_view key, std::string_view) {
      if (plan_.needle.in(key)) plan_.link_rows.emplace(key);
      return true;
    });
    if (!hubs) return hubs;
    return scan_messages<Network>(view_, Family::link, "n", [&](std::string_view key, const Network& network) {
      const auto& ads = network.ads();
      const bool member = std::any_of(ads.begin(), ads.end(), [&](const auto& ad) { return plan_.ads.contains(ad); });
      if (member || plan_.needle.in(network.SerializeAsString())) plan_.networks.emplace(key.substr(1));
      return true;
    });
  }

  Status alerts() {
    return scan_messages<Alert>(view_, Family::finding, "k", [&](std::string_view key, const Alert& alert) {
      const auto& ads = alert.ads();
      const bool about = std::any_of(ads.begin(), ads.end(), [&](const auto& ad) { return plan_.ads.contains(ad); });
      // One about a held ad belongs to its case.
      const bool held = std::any_of(ads.begin(), ads.end(), [&](const auto& ad) { return plan_.held.contains(ad); });
      if (!held && (about || plan_.needle.in(alert.SerializeAsString()))) plan_.alerts.emplace(key.substr(1));
      return true;
    });
  }

  /// Their content is coded for the mail, so that they are found by what they tell.
  Status messages() {
    return scan_messages<Outgoing>(view_, Family::due, "o", [&](std::string_view key, const Outgoing& message) {
      const auto& told = message.alerts();
      const bool about = std::any_of(told.begin(), told.end(), [&](const auto& alert) { return plan_.alerts.contains(alert); });
      if (about || plan_.needle.in(message.SerializeAsString())) plan_.messages.emplace(key.substr(1));
      return true;
    });
  }

  Status sites() {
    return view_.scan_prefix(Family::meta, "site/", [&](std::string_view key, std::string_view bytes) {
      if (plan_.needle.in(bytes)) plan_.sites.emplace(key);
      return true;
    });
  }

  View& view_;
  ErasePlan& plan_;
};

}  // namespace

Status complete_plan(View& view, ErasePlan& plan) { return Planner(view, plan).run(); }

}  // namespace vigie::storage
