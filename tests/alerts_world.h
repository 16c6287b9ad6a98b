#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <google/protobuf/struct.pb.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "alerts/alerts.h"
#include "core/json.h"

/// The small invented world of this room's tests.
namespace vigie::alerts {

inline const Instant kNow = from_ms(1795470000000);  // 2026-11-23

inline AlertOptions options() {
  AlertOptions o;
  o.from = "Vigie <vigie@unit.example>";
  o.unit = "Cyber unit North";
  Receiver desk;
  desk.name = "desk";
  desk.mail = "desk@unit.example";
  o.receivers = {desk};
  return o;
}

inline void add_reason(Alert& alert, std::string indicator, std::string text, std::string ad, std::string quote) {
  Reason& r = *alert.add_reasons();
  r.set_indicator(std::move(indicator));
  r.set_tier("T0");
  r.set_weight(0.5);
  r.set_text(std::move(text));
  r.set_ad(std::move(ad));
  r.set_field("text");
  r.add_span(120);
  r.add_span(120 + static_cast<int>(quote.size()));
  r.set_quote(std::move(quote));
}

inline Alert alert(int n = 1, std::string severity = "high") {
  Alert a;
  a.set_alert("A-2026-" + std::to_string(100000 + n).substr(1));
  a.set_key("network:g-" + std::to_string(n));
  a.set_network("g-" + std::to_string(n));
  a.set_kind("linked");
  a.set_severity(std::move(severity));
  a.set_score(0.86);
  a.set_scope("NORTH-01");
  a.set_status("pending");
  a.set_headline("recruiter's number also stands in 4 service ads");
  *a.mutable_created() = to_timestamp(kNow);
  a.set_due_ms(to_ms(kNow));
  a.add_sites("annonces");
  a.add_sites("jobs");
  a.set_legal_reference("4711/26");
  a.set_ads_total(2);
  for (const char* id : {"annonces/48213", "jobs/7"}) {
    a.add_ads(id);
    AdBrief& b = *a.add_briefs();
    b.set_ad(id);
    b.set_site(std::string(id).substr(0, std::string(id).find('/')));
    b.set_url("https://" + b.site() + ".example/ad?id=" + std::string(id).substr(b.site().size() + 1));
    b.set_state("live");
    b.set_version(2);
    b.set_sha256("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
    *b.mutable_first_seen() = to_timestamp(kNow - 24h);
    *b.mutable_last_seen() = to_timestamp(kNow);
  }
  Change& c = *a.mutable_briefs(0)->add_changes();
  c.set_field("price");
  auto& before = *c.mutable_before()->mutable_struct_value()->mutable_fields();
  before["amount"].set_number_value(120);
  before["currency"].set_string_value("EUR");
  auto& after = *c.mutable_after()->mutable_struct_value()->mutable_fields();
  after["amount"].set_number_value(150);
  after["currency"].set_string_value("EUR");
  add_reason(a, "cross_family_contact", "the number of a job ad stands in service ads", "jobs/7", "zero un 99 00 00 42");
  Counter& counter = *a.add_counter();
  counter.set_indicator("hub_contact");
  counter.set_text("the same number stands in 3 housing ads");
  return a;
}

inline Silence silence(std::string id, Instant expires, std::string up_to = "medium") {
  Silence s;
  s.set_id(std::move(id));
  s.set_author("an analyst");
  s.set_reason("known campaign");
  *s.mutable_expires() = to_timestamp(expires);
  s.set_up_to(std::move(up_to));
  return s;
}

/// A folder of its own, gone with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "vigie-alerts-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// What a shell command prints; bounded by the command itself.
inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
  ::pclose(pipe);
  return out;
}

inline bool have(const std::string& program) { return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0; }

using Read = google::protobuf::Struct;

/// Messages as Python's email package reads them; one process for all. Empty when it cannot.
inline std::vector<Read> read_mails(const std::vector<std::string>& contents) {
  const Folder folder;
  std::string command = "timeout 60 python3 " VIGIE_SOURCE_DIR "/tests/mail_reader.py";
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const std::string file = folder / std::to_string(i);
    std::ofstream(file, std::ios::binary) << contents[i];
    command += " " + file;
  }
  std::vector<Read> out;
  std::istringstream lines(output_of(command));
  for (std::string line; std::getline(lines, line);) {
    Read r;
    if (from_json(line, r)) out.push_back(std::move(r));
  }
  return out;
}

inline std::string text_in(const Read& mail, const std::string& key) { return mail.fields().at(key).string_value(); }
inline std::string header(const Read& mail, const std::string& name) {
  const auto& headers = mail.fields().at("headers").struct_value().fields();
  const auto it = headers.find(name);
  return it == headers.end() ? "" : it->second.string_value();
}
inline std::vector<std::string> list_in(const Read& mail, const std::string& key) {
  std::vector<std::string> out;
  for (const auto& v : mail.fields().at(key).list_value().values()) out.push_back(v.string_value());
  return out;
}

}  // namespace vigie::alerts
