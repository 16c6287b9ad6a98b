#include "crawler/domain.h"

#include <algorithm>
#include <memory>

#include <libpsl.h>

#include "crawler/address.h"

namespace vigie::crawler {

namespace {

struct PslFree {
  void operator()(psl_ctx_t* context) const { psl_free(context); }
};
struct StringFree {
  void operator()(char* text) const { psl_free_string(text); }
};

/// The system's copy where it is newer than the one inside the library.
const psl_ctx_t* list() {
  static const std::unique_ptr<psl_ctx_t, PslFree> latest(psl_latest(nullptr));
  return latest ? latest.get() : psl_builtin();
}

}  // namespace

std::optional<std::string> registrable_domain(std::string_view hostname) {
  std::string host(hostname);
  if (!host.empty() && host.back() == '.') host.pop_back();
  if (host.empty() || host.front() == '.' || host.size() > 1024 || Address::parse(host)) return std::nullopt;
  const bool ascii = std::all_of(host.begin(), host.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
  if (ascii) {
    std::transform(host.begin(), host.end(), host.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  } else {
    char* lowered = nullptr;
    if (psl_str_to_utf8lower(host.c_str(), "utf-8", nullptr, &lowered) != PSL_SUCCESS) return std::nullopt;
    const std::unique_ptr<char, StringFree> owned(lowered);
    host = owned.get();
  }
  const char* domain = list() ? psl_registrable_domain(list(), host.c_str()) : nullptr;
  if (!domain) return std::nullopt;
  return std::string(domain);
}

}  // namespace vigie::crawler
