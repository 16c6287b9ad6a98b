#include <atomic>
#include <map>

#include "alerts/channels.h"
#include "alerts/sign.h"
#include "alerts/transfer.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

std::size_t hear(char* data, std::size_t size, std::size_t count, void* pointer) {
  auto& words = *static_cast<std::string*>(pointer);
  if (words.size() < 400) words.append(data, std::min<std::size_t>(size * count, 400));
  return size * count;  // the rest is of no interest, and must not end the transfer
}
int progress(void* pointer, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<std::atomic<bool>*>(pointer)->load() ? 1 : 0; }

class Webhook : public Channel {
 public:
  explicit Webhook(std::map<std::string, std::string> secrets) : secrets_(std::move(secrets)) {}

  Outgoing deliver(Outgoing message, Instant now) override {
    const auto outcome = attempt(message, now);
    return settled(std::move(message), outcome, now);
  }
  void cancel() override { cancelled_ = true; }

 private:
  Outcome attempt(const Outgoing& message, Instant now) {
    std::string secret;
    if (const auto file = secrets_.find(message.receiver()); file != secrets_.end()) {
      auto line = read_secret(file->second);  // read each time: a changed key needs no restart
      if (!line) return {"deferred", line.error().text};
      secret = *std::move(line);
    }
    const Curl curl(curl_easy_init());
    if (!curl) return {"deferred", "no memory for a connection"};
    List headers(curl_slist_append(nullptr, "Content-Type: application/x-ndjson"));
    const auto add = [&](const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); };
    add("Idempotency-Key: " + message.id());
    if (!secret.empty()) add("X-Vigie-Signature: " + signature(secret, message.content(), now));
    std::string words;
    prepare(curl.get(), message, headers.get(), words);
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    words = text::escape_control(text::cut_utf8(text::repair_utf8(words), 200));
    if (code != CURLE_OK) return {"deferred", curl_easy_strerror(code)};
    const std::string answer = std::to_string(status) + (words.empty() ? "" : " " + words);
    if (status >= 200 && status < 300) return {"handed_over", answer};
    const bool refused = status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
    return {refused ? "failed" : "deferred", answer};
  }

  void prepare(CURL* c, const Outgoing& message, curl_slist* headers, std::string& words) {
    const auto set = [c](CURLoption option, auto value) { curl_easy_setopt(c, option, value); };
    set(CURLOPT_URL, message.mail_to().c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_PROXY, "");  // no environment variable sends case data elsewhere
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_POSTFIELDS, message.content().data());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(message.content().size()));
    set(CURLOPT_FOLLOWLOCATION, 0L);  // where it may go is what the configuration says
    set(CURLOPT_WRITEFUNCTION, hear);
    set(CURLOPT_WRITEDATA, &words);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, progress);
    set(CURLOPT_XFERINFODATA, &cancelled_);
    set(CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
    set(CURLOPT_TIMEOUT_MS, 60'000L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  }

  const std::map<std::string, std::string> secrets_;  // receiver -> file
  std::atomic<bool> cancelled_{false};
};

}  // namespace

Result<std::unique_ptr<Channel>> make_webhook(const AlertOptions& options) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK) return fail(Errc::misconfigured, "libcurl does not start");
  std::map<std::string, std::string> secrets;
  for (const Receiver& r : options.receivers) {
    if (r.via == "webhook" && !r.secret_file.empty()) secrets[r.name] = r.secret_file;
  }
  return std::unique_ptr<Channel>(std::make_unique<Webhook>(std::move(secrets)));
}

}  // namespace vigie::alerts
