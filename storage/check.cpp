#include <algorithm>
#include <map>
#include <set>

#include "core/hash.h"
#include "core/text.h"
#include "core/time.h"
#include "storage/history.h"
#include "storage/links.h"
#include "storage/log.h"
#include "storage/pictures.h"
#include "storage/rocks_store.h"

/// The rules between families, each verified from the rows themselves. Reads everything; memory grows with the number
/// of faults only, and those are cut off at kMostFaults.
namespace vigie::storage {

namespace {

constexpr std::size_t kMostFaults = 1000;
constexpr std::int64_t kLatestDueMs = std::int64_t{400} * 86'400'000;  // after the last attempt; the longest wait is 120 days

class Checker {
 public:
  explicit Checker(Engine& engine) : engine_(engine) {}

  Result<std::vector<std::string>> run() {
    using Part = Status (Checker::*)();
    for (const Part part : {&Checker::visits, &Checker::schedule, &Checker::leases, &Checker::hosts, &Checker::ads,
                            &Checker::changes, &Checker::sightings, &Checker::versions, &Checker::contacts, &Checker::sketches,
                            &Checker::networks, &Checker::alerts, &Checker::messages, &Checker::due_rows, &Checker::log, &Checker::totals}) {
      if (auto done = (this->*part)(); !done) return std::move(done).error();
    }
    return std::move(faults_);
  }

 private:
  bool fault(std::string text) {
    if (faults_.size() < kMostFaults) faults_.push_back(std::move(text));
    return faults_.size() < kMostFaults;
  }

  bool there(Family family, std::string_view key) {
    const auto row = engine_.get(family, key);
    if (!row) fault(row.error().text);
    return row && row->has_value();
  }

  /// Messages of a family; one that cannot be read is a fault, and the walk goes on.
  template <class Message, class Each>
  Status each_message(Family family, std::string_view prefix, const Each& each) {
    return engine_.scan_prefix(family, prefix, [&](std::string_view key, std::string_view value) {
      auto message = decode<Message>(value, name_of(family));
      if (!message) return fault(std::string(name_of(family)) + " " + text::escape_control(key) + ": cannot be read");
      each(key, *message);
      return true;
    });
  }

  Status visits() {
    return each_message<Visit>(Family::visit, "u", [&](std::string_view key, const Visit& visit) {
      ++count(Tally::visits);
      const auto& url = visit.url();
      if (key.substr(1) != url) fault("visit " + std::string(key.substr(1)) + ": its record names another URL");
      if (!there(Family::visit, site_visit_key(visit.site(), url))) fault("visit " + url + ": missing in its site's list");
      const auto leased = there(Family::lease, url);
      const auto placed = there(Family::sched, sched_key(visit.host(), visit.priority(), visit.due_ms(), url));
      if (!visit.parked() && !leased && !placed) fault("visit " + url + ": not in the schedule");
      const auto latest = std::max(visit.first_ms(), visit.last_ms());
      if (!visit.parked() && latest > 0 && (visit.due_ms() <= 0 || visit.due_ms() > latest + kLatestDueMs)) {
        fault("visit " + url + ": due at " + std::to_string(visit.due_ms()) + ", which no rule says");
      }
      if ((visit.parked() || leased) && placed) fault("visit " + url + ": in the schedule although " + (leased ? "leased" : "parked"));
    });
  }

  Status schedule() {
    std::string host_prefix;
    return engine_.scan_prefix(Family::sched, "", [&](std::string_view key, std::string_view) {
      KeyReader reader(key);
      const auto host = reader.s();
      const auto priority = reader.u8();
      const auto due = reader.u64();
      const std::string url(reader.rest());
      const auto visit = get_message<Visit>(engine_, Family::visit, visit_key(url));
      if (!reader.ok()) return fault("sched: a key cannot be read");
      if (!visit || !*visit) return fault("sched " + url + ": no such visit");
      // The right row of a live visit was looked for above; any other is one too many.
      if (sched_key((*visit)->host(), (*visit)->priority(), (*visit)->due_ms(), url) != key) {
        return fault("sched " + url + ": host, priority " + std::to_string(priority) + " or due " + std::to_string(due) + " differ from its visit");
      }
      return true;
    });
  }

  Status leases() {
    return each_message<Lease>(Family::lease, "", [&](std::string_view key, const Lease&) {
      if (!there(Family::visit, visit_key(key))) fault("lease " + std::string(key) + ": no such visit");
    });
  }

  Status hosts() {
    const auto walked = each_message<HostRecord>(Family::host, host_key(""), [&](std::string_view key, const HostRecord& host) {
      ++count(Tally::hosts);
      if (key != host_key(host.host())) fault("host " + std::string(key.substr(1)) + ": its record names another host");
    });
    if (!walked) return walked;
    return engine_.scan_prefix(Family::host, robots_key(""), [&](std::string_view key, std::string_view) {
      const std::string host(key.substr(1));
      return there(Family::host, host_key(host)) || fault("robots of " + host + ": no such host");
    });
  }

  Status ads() {
    return each_message<StoredAd>(Family::ad, "a", [&](std::string_view key, const StoredAd& stored) {
      ++count(Tally::ads);
      const auto& id = stored.ad().ad();
      if (key.substr(1) != id) fault("ad " + std::string(key.substr(1)) + ": its record names another ad");
      if (!there(Family::ad, ad_change_key(stored.changed_ms(), id))) fault("ad " + id + ": missing by last change");
      sighting(stored);
      std::set<std::string> said, indexed;
      for (const auto& use : uses_of(stored)) said.insert(contact_name(use));
      const auto walked = engine_.scan_prefix(Family::contact, Key('a').s(id).str(), [&](std::string_view, std::string_view index) {
        const auto use = get_message<ContactUse>(engine_, Family::contact, index);
        if (use && *use) indexed.insert(contact_name(**use));
        return true;
      });
      if (!walked || said != indexed) fault("ad " + id + ": the contact index differs from its contacts");
      for (const auto& name : said) {
        if (!name.starts_with("picture:")) continue;
        for (const auto& row : picture_rows(std::string_view(name).substr(8))) {
          if (!there(Family::sketch, row)) fault("ad " + id + ": a picture has no row in its slot");
        }
      }
      if (stored.ad().versions() > 0 && !there(Family::version, version_key(id, stored.ad().versions()))) {
        fault("ad " + id + ": version " + std::to_string(stored.ad().versions()) + " is missing");
      }
    });
  }

  Status changes() {
    return engine_.scan_prefix(Family::ad, "t", [&](std::string_view key, std::string_view) {
      KeyReader reader(key.substr(1));
      const auto changed = static_cast<std::int64_t>(reader.u64());
      const std::string id(reader.rest());
      const auto stored = get_message<StoredAd>(engine_, Family::ad, ad_key(id));
      if (!stored || !*stored || (*stored)->changed_ms() != changed) return fault("ad " + id + ": a row by last change too many");
      return true;
    });
  }

  Status sightings() {
    return engine_.scan_prefix(Family::ad, "l", [&](std::string_view key, std::string_view) {
      const std::string id(key.substr(1));
      return there(Family::ad, ad_key(id)) || fault("sighting of " + id + ": no such ad");
    });
  }

  /// The row beside an ad says what the ad's record says.
  void sighting(const StoredAd& stored) {
    const auto& id = stored.ad().ad();
    const auto bytes = engine_.get(Family::ad, sighting_key(id));
    const auto row = bytes && *bytes ? decode_sighting(**bytes) : std::nullopt;
    const auto said = sighting_of(stored);
    if (!row) {
      fault("ad " + id + ": no row says when it was seen");
    } else if (row->gone != said.gone || row->absent != said.absent || row->flagged != said.flagged || row->last_ms < said.last_ms) {
      fault("ad " + id + ": its sighting differs from its record");
    }
  }

  Status versions() {
    const auto walked = each_message<Version>(Family::version, "v", [&](std::string_view, const Version& version) {
      ++count(Tally::versions);
      const auto name = "version " + version.ad() + " " + std::to_string(version.version());
      if (!there(Family::ad, ad_key(version.ad()))) fault(name + ": no such ad");
      const auto sha = text::from_hex(version.sha256());
      if (!version.sha256().empty() && (!sha || !there(Family::raw, *sha))) fault(name + ": its raw body is missing");
    });
    if (!walked) return walked;
    std::map<std::pair<std::string, std::uint32_t>, std::int64_t> packed;
    const auto bodies = each_message<RawBody>(Family::raw, "", [&](std::string_view key, const RawBody& body) {
      ++count(Tally::raw_bodies);
      if (key.size() != 32) fault("raw: a key is no SHA-256");
      if (body.dictionary() != 0) ++packed[{body.site(), body.dictionary()}];
    });
    if (!bodies) return bodies;
    const auto dictionaries = each_dictionary(engine_, [&](const DictionaryRow& row) {
      const auto found = packed.extract({row.site, row.number});
      const auto bodies_of = found.empty() ? 0 : found.mapped();
      return row.uses == bodies_of || fault("dictionary " + std::to_string(row.number) + " of " + row.site + ": " + std::to_string(row.uses) +
                                            " bodies counted, " + std::to_string(bodies_of) + " there");
    });
    for (const auto& [name, bodies_of] : packed) fault("dictionary " + std::to_string(name.second) + " of " + name.first + ": missing, and bodies need it");
    return dictionaries;
  }

  Status contacts() {
    const auto walked = each_message<ContactUse>(Family::contact, "c", [&](std::string_view key, const ContactUse& use) {
      const auto n = key.size() < 4 ? 0 : KeyReader(key.substr(key.size() - 4)).u32();
      const auto own = engine_.get(Family::contact, contact_of_ad_key(use.ad(), static_cast<std::uint32_t>(n)));
      if (!own || !*own || **own != key) fault("contact use of " + use.ad() + ": not in the ad's own list");
      if (!there(Family::ad, ad_key(use.ad()))) fault("contact use of " + use.ad() + ": no such ad");
    });
    if (!walked) return walked;
    return engine_.scan_prefix(Family::contact, "a", [&](std::string_view key, std::string_view index) {
      KeyReader reader(key.substr(1));
      const auto id = reader.s();
      return there(Family::contact, index) || fault("contact use of " + id + ": its row is missing");
    });
  }

  /// A row by which a hash is found, or that says what it is the same as.
  bool picture(std::string_view key, std::string_view into) {
    const std::size_t width = key.starts_with("p") ? 4 : 1;
    if (key.size() <= width || !compares(key.substr(width)) || (width == 1 && !compares(into))) return fault("sketch: a key cannot be read");
    bool used = false;
    const auto walked = engine_.scan_prefix(Family::contact, contact_prefix(kPictureUse, key.substr(width)), [&](std::string_view, std::string_view) {
      used = true;
      return false;
    });
    return (walked && used) || fault("picture " + std::string(key.substr(width)) + ": no ad shows it");
  }

  Status sketches() {
    const std::map<char, std::size_t> widths = {{'b', 4}, {'m', 16}};
    return engine_.scan_prefix(Family::sketch, "", [&](std::string_view key, std::string_view into) {
      if (key.starts_with("p") || key.starts_with("i")) return picture(key, into);
      const auto width = widths.find(key.empty() ? '\0' : key.front());
      if (width == widths.end()) return key.starts_with("r") || fault("sketch: a key cannot be read");
      if (key.size() <= 1 + width->second) return fault("sketch: a key cannot be read");
      const std::string id(key.substr(1 + width->second));
      return there(Family::ad, ad_key(id)) || fault("sketch row of " + id + ": no such ad");
    });
  }

  Status networks() {
    return engine_.scan_prefix(Family::link, "", [&](std::string_view key, std::string_view value) {
      const std::string name(key.substr(1));
      if (key.starts_with("a")) {
        auto id = engine_.get(Family::link, Key('g').rest(value).str());
        const std::string owner = id && *id ? **id : std::string(value);
        if (!there(Family::link, Key('n').rest(owner).str())) return fault("network of " + name + ": " + owner + " is missing");
      }
      if (key.starts_with("n")) {
        Network network;
        if (!network.ParseFromArray(value.data(), static_cast<int>(value.size()))) return fault("network " + name + ": cannot be read");
        for (const auto& ad : network.ads()) {
          const auto owner = network_id_of(engine_, ad);
          if (!owner || *owner != name) fault("network " + name + ": its ad " + ad + " stands in another");
        }
      }
      if (key.starts_with("g") && !there(Family::link, Key('n').rest(value).str())) {
        return fault("network " + name + ": the one that took it in is missing");
      }
      return true;
    });
  }

  Status alerts() {
    const auto walked = each_message<Alert>(Family::finding, "k", [&](std::string_view key, const Alert& alert) {
      ++count(Tally::alerts);
      const auto& name = alert.key();
      if (key.substr(1) != name) fault("alert " + std::string(key.substr(1)) + ": its record names another");
      const bool due = there(Family::due, due_alert_key(alert.due_ms(), name));
      const bool waits = to_be_planned(alert);
      if (waits && !due) fault("alert " + name + ": " + alert.status() + " with a due time, and not among the due");
      if (!waits && due) fault("alert " + name + ": among the due although " + alert.status());
      const auto created = to_ms(from_timestamp(alert.created()));
      if (!there(Family::finding, Key('c').ms(created).rest(name).str())) fault("alert " + name + ": missing by age");
    });
    return walked;
  }

  Status messages() {
    return each_message<Outgoing>(Family::due, "o", [&](std::string_view key, const Outgoing& message) {
      ++count(Tally::outgoing);
      const auto& id = message.id();
      if (key.substr(1) != id) fault("message " + std::string(key.substr(1)) + ": its record names another");
      const auto& state = message.state();
      const bool open = state != "handed_over" && state != "failed" && state != "hold";
      const bool next = there(Family::due, next_outgoing_key(message.next_ms(), id));
      if (open && !next) fault("message " + id + ": to be delivered, and not in the queue");
      if (!open && next) fault("message " + id + ": in the queue although " + state);
      if (!there(Family::due, receiver_key(message.receiver(), message.created_ms(), id))) fault("message " + id + ": missing by receiver");
    });
  }

  Status due_rows() {
    return engine_.scan_prefix(Family::due, "", [&](std::string_view key, std::string_view) {
      if (key.starts_with("a")) {
        const std::string name(key.substr(9));
        const auto alert = get_message<Alert>(engine_, Family::finding, Key('k').rest(name).str());
        if (!alert || !*alert) return fault("due row of " + name + ": no such alert");
        if (due_alert_key((*alert)->due_ms(), name) != key) return fault("due row of " + name + ": one too many");
      }
      if (key.starts_with("n")) {
        const std::string id(key.substr(9));
        const auto message = get_message<Outgoing>(engine_, Family::due, Key('o').rest(id).str());
        if (!message || !*message) return fault("queue row of " + id + ": no such message");
        if (next_outgoing_key((*message)->next_ms(), id) != key) return fault("queue row of " + id + ": one too many");
      }
      return true;
    });
  }

  Status log() {
    auto checked = check_log(engine_);
    if (!checked) return std::move(checked).error();
    for (auto& wrong : checked->faults) fault(std::move(wrong));
    return {};
  }

  Status totals() {
    static constexpr std::string_view kNames[kTallies] = {"visits", "hosts", "ads", "versions", "raw bodies", "alerts", "messages"};
    const auto counted = engine_.counters();
    for (std::size_t i = 0; i < kTallies; ++i) {
      if (counted[i] == found_[i]) continue;
      fault("totals: " + std::to_string(counted[i]) + " " + std::string(kNames[i]) + " counted, " + std::to_string(found_[i]) + " there");
    }
    return {};
  }

  std::int64_t& count(Tally counter) { return found_[static_cast<std::size_t>(counter)]; }

  Engine& engine_;
  std::vector<std::string> faults_;
  Counters found_{};
};

}  // namespace

Result<std::vector<std::string>> check_store(Engine& engine) { return Checker(engine).run(); }

}  // namespace vigie::storage
