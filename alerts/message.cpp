#include "alerts/message.h"

#include <algorithm>
#include <set>

#include "alerts/first_pass.h"
#include "alerts/mime.h"
#include "alerts/texts.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

/// "north-01": what may stand in a List-Id.
std::string slug(std::string_view code) {
  std::string out;
  for (const char c : text::lower_ascii(code)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) out += c;
    else if (!out.empty() && out.back() != '-') out += '-';
  }
  while (out.ends_with('-')) out.pop_back();
  return out.empty() ? "all" : out.substr(0, 60);
}

/// A code as a header may show it: no blank, nothing but what stands in codes.
std::string code(std::string_view s) { return text::percent_encode(text::cut_utf8(s, 100), "-._~/:+!"); }

struct Summary {
  std::string scope;     // empty: several, or none
  std::vector<std::string> labels, scopes, kinds;
  std::string severity = "low";
  bool update = false;
};

Summary summary_of(const std::vector<Told>& told) {
  Summary s;
  std::set<std::string> scopes, kinds;
  for (const Told& t : told) {
    s.labels.push_back(label_of(*t.alert));
    if (!t.alert->scope().empty()) scopes.insert(t.alert->scope());
    kinds.insert(t.alert->kind());
    if (severity_rank(t.alert->severity()) > severity_rank(s.severity)) s.severity = t.alert->severity();
    s.update = s.update || t.update;
  }
  s.scopes.assign(scopes.begin(), scopes.end());
  s.kinds.assign(kinds.begin(), kinds.end());
  if (s.scopes.size() == 1) s.scope = s.scopes[0];
  return s;
}

/// Codes only. What may change between two messages of a thread stands in leading brackets, which clients leave out when
/// they compare subjects (RFC 5256 base subject); what follows stays the same for ever.
std::string subject_of(const std::vector<Told>& told, const Summary& s, const Receiver& receiver, std::string_view reason) {
  const auto tr = [&](Text text, std::initializer_list<std::string_view> a = {}) { return say(receiver.language, text, a); };
  std::string out = "[Vigie][" + severity_word(receiver.language, s.severity) + "]";
  const bool passes = std::all_of(told.begin(), told.end(), [](const Told& t) { return is_first_pass(*t.alert); });
  if (told.size() == 1) {
    if (told[0].reminder > 0) out += "[" + tr(Text::reminder) + "]";
    else if (told[0].escalated) out += "[" + tr(Text::escalated) + "]";
    else if (s.update) out += "[" + tr(Text::update) + "]";
    out += " " + (passes ? tr(Text::first_pass) + ", " : "") + tr(Text::alert, {code(s.labels[0])});
  } else if (passes) {
    out += " " + tr(Text::first_pass) + ", " + FirstPasses(told).sites_text(receiver.language);
  } else {
    out += " " + (reason == "digest" ? tr(Text::digest) + ", " : "") + tr(Text::several, {std::to_string(told.size())});
  }
  constexpr std::size_t kScopes = 3;  // what a list of mails has room for
  std::vector<std::string> scopes;
  for (std::size_t i = 0; i < std::min(s.scopes.size(), kScopes); ++i) scopes.push_back(code(s.scopes[i]));
  if (s.scopes.size() > kScopes) scopes.push_back("+" + std::to_string(s.scopes.size() - kScopes));
  if (!scopes.empty()) out += ", " + tr(Text::scope, {text::join(scopes, ", ")});
  return out;
}

/// At most a few codes, so that a header stays a header.
std::string codes_of(const std::vector<std::string>& all) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 20); ++i) out.push_back(code(all[i]));
  if (all.size() > out.size()) out.push_back("+" + std::to_string(all.size() - out.size()));
  return text::join(out, ", ");
}

std::vector<Header> address_headers(const Mailbox& from, const Mailbox& to, std::string subject, Instant now,
                                    const std::string& message_id) {
  return {{"From", format_mailbox(from), true},
          {"To", format_mailbox(to), true},
          {"Subject", std::move(subject), false},
          {"Date", to_rfc5322(now), true},
          {"Message-ID", message_id, true}};
}

struct Addresses {
  Mailbox from, to;
  std::string envelope_from;  // where a refusal that comes later goes
};

Result<Addresses> addresses_of(const Receiver& receiver, const AlertOptions& options) {
  auto from = parse_mailbox(options.from);
  if (!from) return std::move(from).error().in("alerts.from");
  auto to = parse_mailbox(receiver.mail);
  if (!to) return std::move(to).error().in("receiver " + receiver.name);
  if (options.bounce_address.empty()) return Addresses{*from, *to, from->address};
  auto bounce = parse_mailbox(options.bounce_address);
  if (!bounce) return std::move(bounce).error().in("alerts.bounces.address");
  return Addresses{*from, *to, bounce->address};
}

std::string host_of(const AlertOptions& options, const Mailbox& from) {
  return options.host.empty() || options.host == "vigie.invalid" ? from.domain() : code(options.host);
}

std::string receiver_hash(const Receiver& receiver) { return short_id("receiver\n" + receiver.name + "\n" + receiver.mail).substr(0, 8); }

/// The same alerts in the same revisions and reminders for the same receiver are the same message, whenever it is made.
std::string id_of(const std::vector<Told>& told, const Receiver& receiver) {
  std::vector<std::string> parts;
  for (const Told& t : told) {
    parts.push_back(t.alert->key() + "\n" + std::to_string(t.alert->revision()) +
                    (t.reminder > 0 ? "\n" + std::to_string(t.reminder) : ""));
  }
  std::sort(parts.begin(), parts.end());
  return short_id("message\n" + receiver.name + "\n" + receiver.mail + "\n" + text::join(parts, "\n"));
}

Outgoing outgoing(const std::string& id, const std::string& message_id, const Addresses& who, const Receiver& receiver,
                  Instant now, std::string_view reason) {
  Outgoing out;
  out.set_id(id);
  out.set_receiver(receiver.name);
  out.set_message_id(message_id);
  out.set_state("pending");
  out.set_attempts(0);
  out.set_created_ms(to_ms(now));
  out.set_next_ms(to_ms(now));
  out.set_mail_from(who.envelope_from);
  out.set_mail_to(who.to.address);
  out.set_reason(std::string(reason));
  out.set_via(receiver.via);
  return out;
}

void add_list_id(std::vector<Header>& headers, std::string_view scope, const Mailbox& from) {
  headers.push_back({"Auto-Submitted", "auto-generated", true});
  const std::string name = scope.empty() ? "Vigie" : "Vigie scope " + code(scope);
  headers.push_back({"List-Id", "\"" + name + "\" <" + slug(scope) + ".vigie." + from.domain() + ">", true});
}

/// What an alert is about, over all that is told of it: a source has one thread for all of its conditions.
std::string thread_of(const Alert& alert) { return alert.has_health() ? "health/" + alert.health().source() : alert.key(); }

}  // namespace

namespace {

/// What other systems get of an alert: one line of JSON, as `vigie alerts` shows it, without who was told. Of a restricted
/// one its codes only.
std::string line_of(const Alert& alert) {
  Alert shown = alert;
  shown.clear_deliveries();
  shown.clear_due_ms();
  if (alert.restricted()) {
    shown.clear_headline();
    shown.clear_briefs();
    shown.clear_counter();
    for (Reason& r : *shown.mutable_reasons()) {
      Reason codes;
      codes.set_indicator(r.indicator());
      codes.set_ad(r.ad());
      r = codes;
    }
  }
  return to_json(shown) + "\n";
}

Result<Outgoing> compose_lines(const std::vector<Told>& told, const Receiver& receiver, const AlertOptions& options, Instant now,
                               std::string_view reason) {
  const std::string id = id_of(told, receiver);
  Outgoing out = outgoing(id, "<n." + id + "." + receiver_hash(receiver) + "@" + options.host + ">", {}, receiver, now, reason);
  out.set_mail_to(receiver.to);
  out.clear_mail_from();
  for (const Told& t : told) {
    out.add_alerts(t.alert->key());
    out.add_revisions(t.alert->revision());
    out.mutable_content()->append(line_of(*t.alert));
  }
  return out;
}

}  // namespace

std::string label_of(const Alert& alert) { return alert.alert().empty() ? short_id(alert.key()) : alert.alert(); }

Result<Outgoing> compose(const std::vector<Told>& told, const Receiver& receiver, const AlertOptions& options,
                         Instant now, std::string_view reason) {
  if (receiver.via != "mail" && receiver.via != "sendmail") return compose_lines(told, receiver, options, now, reason);
  auto who = addresses_of(receiver, options);
  if (!who) return std::move(who).error();
  const Summary s = summary_of(told);
  const std::string id = id_of(told, receiver);
  const std::string host = host_of(options, who->from);
  const std::string message_id = "<n." + id + "." + receiver_hash(receiver) + "@" + host + ">";
  const std::string subject = subject_of(told, s, receiver, reason);

  auto headers = address_headers(who->from, who->to, subject, now, message_id);
  // One root per alert, never sent itself; with the last message this makes a thread in every client. A message about
  // several alerts belongs to no thread; later news about one of them answers it.
  if (told.size() == 1) {
    const std::string root = "<thread." + short_id("thread\n" + thread_of(*told[0].alert)) + "@" + host + ">";
    const std::string& previous = told[0].previous_id;
    headers.push_back({"In-Reply-To", previous.empty() ? root : previous, true});
    headers.push_back({"References", previous.empty() ? root : root + " " + previous, true});
  }
  add_list_id(headers, s.scope, who->from);
  headers.push_back({"X-Vigie-Alert", codes_of(s.labels), true});
  if (!s.scopes.empty()) headers.push_back({"X-Vigie-Scope", codes_of(s.scopes), true});
  headers.push_back({"X-Vigie-Severity", code(s.severity), true});
  headers.push_back({"X-Vigie-Kind", codes_of(s.kinds), true});
  headers.push_back({"X-Vigie-Schema", "1", true});
  if (s.severity == "high") headers.push_back({"Importance", "high", true});

  const auto blocks = blocks_of(told, receiver, options, id, reason);
  Outgoing out = outgoing(id, message_id, *who, receiver, now, reason);
  for (const Told& t : told) {
    out.add_alerts(t.alert->key());
    out.add_revisions(t.alert->revision());
  }
  out.set_detail(std::string(detail_of(receiver)));
  out.set_content(build_message(headers, to_plain(blocks), to_html(blocks, receiver.language, subject), id));
  return out;
}

Result<Outgoing> compose_throttled(std::size_t waiting, const Receiver& receiver, const AlertOptions& options, Instant now) {
  if (receiver.via != "mail" && receiver.via != "sendmail") return fail(Errc::refused, "a notice is for people");
  auto who = addresses_of(receiver, options);
  if (!who) return std::move(who).error();
  const auto tr = [&](Text text, std::initializer_list<std::string_view> a = {}) { return say(receiver.language, text, a); };
  const std::string id = short_id("throttled\n" + receiver.name + "\n" + receiver.mail + "\n" + std::to_string(to_ms(now)));
  const std::string message_id = "<t." + id + "." + receiver_hash(receiver) + "@" + host_of(options, who->from) + ">";
  const std::string count = counted(receiver.language, Text::one_alert, Text::several, static_cast<std::int64_t>(waiting));
  const std::string title = tr(Text::throttled_title, {count});

  auto headers = address_headers(who->from, who->to, "[Vigie] " + title, now, message_id);
  add_list_id(headers, "", who->from);
  headers.push_back({"X-Vigie-Kind", "throttled", true});
  headers.push_back({"X-Vigie-Schema", "1", true});

  using Kind = Block::Kind;
  const std::vector<Block> blocks = {
      {Kind::title, "", {{title, false}}},
      {Kind::fact, tr(Text::why), {{tr(Text::throttled_why, {std::to_string(options.max_mails_per_hour)}), false}}},
      {Kind::fact, tr(Text::what), {{tr(Text::throttled_what, {count}), false}}},
      {Kind::fact, tr(Text::todo), {{tr(Text::do_list), false}}},
      {Kind::note, "", {{tr(Text::code_delivery, {id}), false}}}};
  Outgoing out = outgoing(id, message_id, *who, receiver, now, "throttled");
  out.set_content(build_message(headers, to_plain(blocks), to_html(blocks, receiver.language, title), id));
  return out;
}

}  // namespace vigie::alerts
