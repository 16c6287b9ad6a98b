#include "core/hash.h"

#include <openssl/evp.h>
#include <xxhash.h>

#include <cstdlib>

#include "core/text.h"

namespace vigie {

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  unsigned int size = 0;
  // Fails only when the library itself cannot start: then no id and no evidence can be trusted.
  if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_sha256(),
                 nullptr) != 1) {
    std::abort();
  }
  return out;
}

std::string sha256_hex(std::string_view bytes) { return text::to_hex(sha256(bytes)); }

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::string short_id(std::string_view bytes) { return text::to_hex(std::string_view(sha256(bytes)).substr(0, 8)); }

}  // namespace vigie
