#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "alerts/message.h"
#include "alerts/seal.h"
#include "alerts_world.h"

using namespace vigie;
using namespace vigie::alerts;

namespace {

const Instant kToday = std::chrono::system_clock::now() + 1h;  // the keys that are made here hold already

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A throwaway certificate and its key below `folder`; `days` from today, `options` of `openssl req`.
std::string certificate(const Folder& folder, const std::string& name, int days, const std::string& options = "-newkey rsa:2048") {
  const std::string path = folder / name;
  (void)output_of("openssl req -x509 " + options + " -nodes -days " + std::to_string(days) + " -subj /CN=desk -keyout " + path + ".key -out " + path + ".pem 2>&1");
  return path + ".pem";
}

/// A key ring of its own, ended with the scope: gpg starts an agent for secret keys.
struct Gpg {
  Folder folder;
  std::string run(const std::string& words) const { return output_of("GNUPGHOME=" + folder.path() + " timeout 60 gpg --batch --quiet --pinentry-mode loopback --passphrase '' " + words + " 2>&1"); }
  /// The public key of a fresh pair. `expires`: as gpg takes it.
  std::string key(const std::string& algorithm, const std::string& usage, const std::string& expires, const std::string& before = "") const {
    run(before + " --quick-gen-key desk@unit.example " + algorithm + " " + usage + " " + expires);
    run("--armor --export desk@unit.example > " + (folder / "desk.asc"));
    return folder / "desk.asc";
  }
  ~Gpg() { (void)output_of("GNUPGHOME=" + folder.path() + " gpgconf --kill all 2>&1"); }
};

AlertOptions world(const std::string& key, const std::string& detail) {
  auto o = options();
  o.receivers[0].key_file = key;
  o.receivers[0].detail = detail;
  o.read_ad = [](const std::string& id) -> std::optional<Ad> {
    Ad ad;
    ad.set_ad(id);
    ad.set_title("a title, as observed");
    ad.set_text("the whole text of " + id + ", word for word");
    Contact& c = *ad.add_contacts();
    c.set_kind("phone");
    c.set_value("+33199000042");
    return ad;
  };
  return o;
}

Outgoing told(const AlertOptions& o, const Alert& a = alert()) { return plan({a}, o, {}, kNow, false).messages.at(0); }
std::string plain_of(const std::string& message) { return text_in(read_mails({message}).at(0), "plain"); }

/// The headers that stayed outside, and what came out of the seal.
void check_opened(const std::string& clear, const std::string& sealed, std::string opened) {
  const auto head = sealed.substr(0, sealed.find("\r\n\r\n"));
  for (const char* name : {"\r\nMessage-ID: ", "\r\nSubject: ", "\r\nReferences: ", "\r\nList-Id: ", "\r\nTo: "}) {
    const auto at = clear.find(name);
    CHECK(head.find(clear.substr(at, clear.find("\r\n", at + 2) - at)) != std::string::npos);
  }
  for (const char* word : {"recruiter", "4711/26", "zero un", "48213", "199000042", "word for word"}) {
    CAPTURE(word);
    CHECK(sealed.find(word) == std::string::npos);
  }
  std::erase(opened, '\r');
  auto inside = clear.substr(clear.find("Content-Type: multipart/alternative"));
  std::erase(inside, '\r');
  CHECK(opened == inside);
}

}  // namespace

TEST_CASE("S/MIME: openssl opens what was sealed, byte for byte; outside stand codes only") {
  const Folder folder;
  const struct { const char* name; const char* options; } rows[] = {
      {"rsa", "-newkey rsa:2048"}, {"ec", "-newkey ec -pkeyopt ec_paramgen_curve:P-256"},
      {"for-mail", "-newkey rsa:2048 -addext keyUsage=keyEncipherment -addext extendedKeyUsage=emailProtection"}};
  for (const auto& row : rows) {
    CAPTURE(row.name);
    const auto pem = certificate(folder, row.name, 365, row.options);
    const auto clear = told(world(pem, "full")).content();
    const auto sealed = seal(clear, pem, kToday);
    REQUIRE(sealed);
    std::ofstream(folder / "mail", std::ios::binary) << *sealed;
    const auto opened = output_of("openssl cms -decrypt -in " + (folder / "mail") + " -recip " + pem + " -inkey " + (folder / row.name) + ".key 2>&1");
    check_opened(clear, *sealed, opened);
    CHECK(output_of("openssl cms -cmsout -print -in " + (folder / "mail")).find("aes-256-cbc") != std::string::npos);
  }
}

TEST_CASE("S/MIME: a file of two certificates lets two persons read, and a third none") {
  const Folder folder;
  const auto one = certificate(folder, "one", 365), two = certificate(folder, "two", 100), other = certificate(folder, "other", 100);
  std::ofstream(folder / "both.pem") << slurp(one) << slurp(two);
  const auto sealed = seal(told(options()).content(), folder / "both.pem", kToday);
  REQUIRE(sealed);
  std::ofstream(folder / "mail", std::ios::binary) << *sealed;
  const auto open = [&](const char* who) {
    return output_of("openssl cms -decrypt -in " + (folder / "mail") + " -recip " + (folder / who) + ".pem -inkey " + (folder / who) + ".key 2>/dev/null");
  };
  CHECK(open("one").find("NORTH-01") != std::string::npos);
  CHECK(open("two") == open("one"));
  CHECK(open("other").find("NORTH-01") == std::string::npos);
  const auto state = look_at_key(folder / "both.pem", kToday);
  REQUIRE(state.expires);
  CHECK(*state.expires < kToday + 24h * 101);  // the first that ends
}

TEST_CASE("PGP: gpg opens what was sealed, as PGP/MIME; outside stand codes only") {
  if (!have("gpg")) return;
  const Gpg gpg;
  const auto key = gpg.key("future-default", "default", "1y");
  const auto clear = told(world(key, "full")).content();
  const auto sealed = seal(clear, key, kToday);
  REQUIRE(sealed);
  const auto begin = sealed->find("-----BEGIN PGP MESSAGE-----");
  REQUIRE(begin != std::string::npos);
  std::ofstream(gpg.folder / "body.asc", std::ios::binary) << sealed->substr(begin);
  check_opened(clear, *sealed, gpg.run("-d " + (gpg.folder / "body.asc") + " 2>/dev/null"));
  CHECK(sealed->find("multipart/encrypted; protocol=\"application/pgp-encrypted\"") != std::string::npos);
  const auto state = look_at_key(key, kToday);
  REQUIRE(state.expires);
  CHECK(*state.expires < kToday + 24h * 366);
  CHECK(*state.expires > kToday + 24h * 360);
  CHECK_FALSE(look_at_key(key, kToday + 24h * 400).usable);
}

TEST_CASE("a key that cannot be used is named with its reason, and nothing is encrypted to it") {
  const Folder folder;
  const auto good = certificate(folder, "good", 10);
  std::ofstream(folder / "empty.pem") << "";
  std::ofstream(folder / "text.pem") << "no key at all\n";
  std::ofstream(folder / "cut.pem") << slurp(good).substr(0, 300);
  std::ofstream(folder / "private.pem") << slurp(folder / "good.key");
  const auto signing = certificate(folder, "signing", 10, "-newkey rsa:2048 -addext keyUsage=digitalSignature");
  const auto server = certificate(folder, "server", 10, "-newkey rsa:2048 -addext extendedKeyUsage=serverAuth");
  const struct { std::string file; Instant now; const char* why; } rows[] = {
      {folder / "none.pem", kToday, "cannot be read"},      {folder / "empty.pem", kToday, "cannot be read"},
      {folder / "text.pem", kToday, ""},                    {folder / "cut.pem", kToday, ""},
      {folder / "private.pem", kToday, ""},                 {signing, kToday, "not for encrypting"},
      {server, kToday, "not for encrypting"},               {good, kToday + 24h * 11, "ended on"},
      {good, kToday - 24h * 2, "holds only from"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.file);
    const auto state = look_at_key(row.file, row.now);
    CHECK_FALSE(state.usable);
    CHECK_FALSE(state.why.empty());
    CHECK(state.why.find(row.why) != std::string::npos);
    CHECK_FALSE(seal("Subject: x\r\nContent-Type: text/plain\r\n\r\nx\r\n", row.file, row.now));
  }
  CHECK(look_at_key(good, kToday).usable);
}

TEST_CASE("PGP: keys that ended, were revoked, or only sign are refused") {
  if (!have("gpg")) return;
  SUBCASE("ended") {
    const Gpg gpg;
    const auto key = gpg.key("future-default", "default", "1d", "--faked-system-time 20240101T000000");
    const auto state = look_at_key(key, kToday);
    CHECK_FALSE(state.usable);
    CHECK(state.why.find("ended on 2024-01-02") != std::string::npos);
    CHECK_FALSE(seal(told(options()).content(), key, kToday));
  }
  SUBCASE("only signs") {
    const Gpg gpg;
    CHECK_FALSE(look_at_key(gpg.key("ed25519", "sign", "1y"), kToday).usable);
  }
  SUBCASE("revoked") {
    const Gpg gpg;
    const auto key = gpg.key("future-default", "default", "1y");
    output_of("sed 's/^:-----BEGIN/-----BEGIN/' " + gpg.folder.path() + "/openpgp-revocs.d/*.rev > " + (gpg.folder / "revoke"));
    gpg.run("--import " + (gpg.folder / "revoke"));
    gpg.run("--yes --armor --export desk@unit.example > " + key);
    const auto state = look_at_key(key, kToday);
    CHECK_FALSE(state.usable);
    CHECK(state.why.find("revoked") != std::string::npos);
  }
}

TEST_CASE("detail: full tells the ad, summary what was matched, link_only labels; full without a key is summary") {
  const auto full = plain_of(told(world("a key", "full")).content());
  CHECK(full.find("the whole text of annonces/48213") != std::string::npos);
  CHECK(full.find("a title, as observed") != std::string::npos);
  CHECK(full.find("+33199000042") != std::string::npos);
  for (const auto& [key, detail] : {std::pair{"", "full"}, std::pair{"", "summary"}, std::pair{"a key", "summary"}}) {
    const auto message = told(world(key, detail));
    CHECK(message.detail() == "summary");
    const auto summary = plain_of(message.content());
    CHECK(summary.find("whole text") == std::string::npos);
    CHECK(summary.find("zero un 99 00 00 42") != std::string::npos);
  }
  const auto message = told(world("", "link_only"));
  CHECK(message.detail() == "link_only");
  const auto codes = plain_of(message.content());
  CHECK(codes.find("A-2026-00001") != std::string::npos);
  for (const char* word : {"recruiter", "48213", "zero un", "annonces", "4711"}) {
    CAPTURE(word);
    CHECK(codes.find(word) == std::string::npos);
  }
}

TEST_CASE("detail: a restricted alert says no more under encryption, and the service's own health is told even to link_only") {
  auto o = world("a key", "full");
  o.receivers[0].restricted = true;
  Alert secret = alert();
  secret.set_restricted(true);
  CHECK(plain_of(told(o, secret).content()).find("whole text") == std::string::npos);
  Alert health = alert();
  health.set_kind("health");
  health.set_headline("the disk is short");
  health.mutable_health()->set_source("disk");
  CHECK(plain_of(told(world("", "link_only"), health).content()).find("the disk is short") != std::string::npos);
}

TEST_CASE("detail: link_only names every alert of a message, in 25 lines what matters") {
  auto o = world("", "link_only");
  std::vector<Alert> many;
  for (int i = 1; i <= 40; ++i) many.push_back(alert(i));
  o.flood_at = 0;
  const auto messages = plan(many, o, {}, kNow, true).messages;
  REQUIRE(messages.size() == 1);
  const auto text = plain_of(messages[0].content());
  for (const Alert& a : many) CHECK(text.find(a.alert()) != std::string::npos);
  CHECK(text.find("recruiter") == std::string::npos);
}
