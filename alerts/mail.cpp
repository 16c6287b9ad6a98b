#include <algorithm>
#include <atomic>
#include <cstring>
#include <sstream>

#include "alerts/channels.h"
#include "alerts/mime.h"
#include "alerts/transfer.h"
#include "core/hash.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

/// What happened on the wire during one delivery; verbs and the server's words, never what we said beside the verb.
struct Talk {
  std::string_view body;
  std::size_t given = 0;
  bool body_ended = false;     // we asked to end the message: from here on it may have arrived
  bool reply_after_body = false;
  bool parted = false;         // QUIT was said
  std::string verb;            // our last command
  std::string reply;           // the server's last line
  const std::atomic<bool>* cancelled = nullptr;
};

std::size_t give_body(char* buffer, std::size_t size, std::size_t count, void* pointer) {
  auto& talk = *static_cast<Talk*>(pointer);
  const std::size_t n = std::min(size * count, talk.body.size() - talk.given);
  std::memcpy(buffer, talk.body.data() + talk.given, n);
  talk.given += n;
  if (talk.given == talk.body.size()) talk.body_ended = true;
  return n;
}

int listen(CURL*, curl_infotype type, char* data, std::size_t size, void* pointer) {
  auto& talk = *static_cast<Talk*>(pointer);
  const std::string_view line(data, size);
  // What is said at the parting tells nothing about the message.
  if (type == CURLINFO_HEADER_OUT && line.starts_with("QUIT")) talk.parted = true;
  if (talk.parted) return 0;
  const auto digit = [&](std::size_t i) { return i < line.size() && line[i] >= '0' && line[i] <= '9'; };
  const bool status = digit(0) && digit(1) && digit(2);  // a line that is no status line is no reply
  if (type == CURLINFO_HEADER_IN && status) {
    talk.reply = text::escape_control(text::cut_utf8(text::trim(line), 400));
    if (talk.body_ended) talk.reply_after_body = true;
  } else if (type == CURLINFO_HEADER_OUT) {
    talk.reply.clear();
    talk.verb = text::escape_control(line.substr(0, std::min<std::size_t>(line.find_first_of(" \r\n"), 8)));
  }
  return 0;
}

int progress(void* pointer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Talk*>(pointer)->cancelled->load() ? 1 : 0;
}

struct Verdict {
  std::string state, answer;
  bool down = false;  // it never came to the message
};

/// The state machine of reliability: who said what, and after which point.
Verdict judge(CURLcode code, const Talk& talk) {
  if (code == CURLE_OK) return {"handed_over", talk.reply};
  const char kind = talk.reply.empty() ? ' ' : talk.reply[0];
  const std::string words = (talk.verb.empty() ? "" : talk.verb + ": ") + (talk.reply.empty() ? "" : talk.reply + " ") + "(" + curl_easy_strerror(code) + ")";
  if (talk.body_ended && !talk.reply_after_body) return {"unknown", words};
  // Only what concerns this message is final: a refused greeting, login or TLS is the server's or our set-up's state.
  const bool about_message = talk.body_ended || talk.verb == "MAIL" || talk.verb == "RCPT" || talk.verb == "DATA";
  if (kind == '5' && about_message) return {"failed", words};
  const bool to_message = about_message || talk.verb == "QUIT" || talk.verb == "RSET";
  return {"deferred", words, !to_message};
}

class Smtp : public Channel {
 public:
  Smtp(AlertOptions options, SmtpTimes times) : options_(std::move(options)), times_(std::move(times)), curl_(curl_easy_init()) {}

  Outgoing deliver(Outgoing message, Instant now) override {
    message.set_attempts(message.attempts() + 1);
    message.set_last_ms(to_ms(now));
    const Verdict outcome = attempt(message);
    down_ = outcome.down;
    // "started": an attempt whose end nobody saw, since the program was killed in it.
    const bool doubt = message.maybe_arrived() || message.state() == "unknown" || message.state() == "started";
    if (doubt || outcome.state == "unknown") message.set_maybe_arrived(true);
    message.set_answer(outcome.answer + (doubt ? " (an earlier attempt may have arrived too)" : ""));
    // What may have arrived once stays in doubt until the server has said yes or no to the whole of it.
    message.set_state(doubt && outcome.state == "deferred" ? "unknown" : outcome.state);
    if (outcome.state == "handed_over" || outcome.state == "failed") message.clear_next_ms();
    else message.set_next_ms(to_ms(now + jittered(retry_after(message.attempts(), Millis(to_ms(now) - message.created_ms())), message)));
    return message;
  }

  bool down(std::string_view) const override { return down_; }
  void cancel() override { cancelled_ = true; }

 private:
  // Up to a tenth later, computed from the message, so that a hundred that failed together do not come back together.
  static Millis jittered(Millis wait, const Outgoing& message) {
    return wait + Millis(static_cast<std::int64_t>(hash64(message.message_id()) % 100) * wait.count() / 1000);
  }

  Verdict attempt(const Outgoing& message) {
    const auto from = parse_mailbox(message.mail_from());
    const auto to = parse_mailbox(message.mail_to());
    if (!from) return {"failed", from.error().text};
    if (!to) return {"failed", to.error().text};
    std::string password;
    if (!options_.smtp_user.empty()) {
      auto secret = read_secret(options_.smtp_password_file);
      if (!secret) return {"deferred", secret.error().text};
      password = *std::move(secret);
    }
    if (!curl_) return {"deferred", "no memory for a connection"};
    Talk talk;
    talk.body = message.content();
    talk.cancelled = &cancelled_;
    const List receivers(curl_slist_append(nullptr, ("<" + to->address + ">").c_str()));
    prepare(talk, "<" + from->address + ">", receivers.get(), password);
    const CURLcode code = curl_easy_perform(curl_.get());
    const Verdict outcome = judge(code, talk);
    curl_easy_reset(curl_.get());  // `talk` goes out of scope; the connection stays
    // After trouble the connection is in no known state: the next message gets a new one.
    if (code != CURLE_OK) curl_.reset(curl_easy_init());
    return outcome;
  }

  void prepare(Talk& talk, const std::string& from, curl_slist* receivers, const std::string& password) {
    CURL* c = curl_.get();
    curl_easy_reset(c);
    const auto set = [c](CURLoption option, auto value) { curl_easy_setopt(c, option, value); };
    set(CURLOPT_URL, options_.smtp_url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    set(CURLOPT_PROXY, "");  // no environment variable sends case data elsewhere
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_MAIL_FROM, from.c_str());
    set(CURLOPT_MAIL_RCPT, receivers);
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, give_body);
    set(CURLOPT_READDATA, &talk);
    set(CURLOPT_VERBOSE, 1L);  // only our own listener hears it
    set(CURLOPT_DEBUGFUNCTION, listen);
    set(CURLOPT_DEBUGDATA, &talk);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, progress);
    set(CURLOPT_XFERINFODATA, &talk);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(times_.connect.count()));
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, static_cast<long>(times_.reply.count() / 1000)));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(times_.whole.count()));
    set(CURLOPT_MAXAGE_CONN, 30L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (options_.smtp_tls == "required") set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
    if (options_.smtp_tls == "opportunistic") {
      // Better than clear text, and no more than that: nobody is verified, so no password may travel (see make_smtp).
      set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
      set(CURLOPT_SSL_VERIFYPEER, 0L);
      set(CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (!times_.ca_file.empty()) set(CURLOPT_CAINFO, times_.ca_file.c_str());
    if (!options_.smtp_user.empty()) {
      set(CURLOPT_USERNAME, options_.smtp_user.c_str());
      set(CURLOPT_PASSWORD, password.c_str());
    }
  }

  const AlertOptions options_;
  const SmtpTimes times_;
  Curl curl_;
  bool down_ = false;
  std::atomic<bool> cancelled_{false};
};

Status check(const AlertOptions& o) {
  const auto wrong = [](std::string text) { return fail(Errc::misconfigured, std::move(text)); };
  const bool smtp = o.smtp_url.starts_with("smtp://"), smtps = o.smtp_url.starts_with("smtps://");
  if (!smtp && !smtps) return wrong("alerts.smtp.url: must start with smtp:// or smtps://");
  for (const char c : o.smtp_url) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return wrong("alerts.smtp.url: blank or control character");
  }
  if (o.smtp_url.find('@') != std::string::npos) return wrong("alerts.smtp.url: holds a user; use user and password_file");
  if (o.smtp_tls != "required" && o.smtp_tls != "opportunistic" && o.smtp_tls != "off") {
    return wrong("alerts.smtp.tls: must be required, opportunistic or off");
  }
  if (o.smtp_user.empty()) return {};
  if (o.smtp_tls != "required" && !smtps) return wrong("alerts.smtp: a password would travel to an unverified server; set tls: required");
  if (auto secret = read_secret(o.smtp_password_file); !secret) return std::move(secret).error().in("alerts.smtp.password_file");
  return {};
}

}  // namespace

Result<std::unique_ptr<Channel>> make_smtp(const AlertOptions& options) { return make_smtp(options, SmtpTimes{}); }

Result<std::unique_ptr<Channel>> make_smtp(const AlertOptions& options, const SmtpTimes& times) {
  if (auto sound = check(options); !sound) return std::move(sound).error();
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);  // once for the whole program
  if (started != CURLE_OK) return fail(Errc::misconfigured, "libcurl does not start");
  return std::unique_ptr<Channel>(std::make_unique<Smtp>(options, times));
}

}  // namespace vigie::alerts
