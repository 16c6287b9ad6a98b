#include "alerts/sign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace vigie::alerts {

std::string signature(std::string_view key, std::string_view body, Instant now) {
  const std::string seconds = std::to_string(to_ms(now) / 1000), text = seconds + "." + std::string(body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return "t=" + seconds + ",v1=" + hex;
}

}  // namespace vigie::alerts
