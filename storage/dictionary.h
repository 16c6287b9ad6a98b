#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

struct ZSTD_CDict_s;

namespace vigie::storage {

/// How a page was packed.
struct Packed {
  std::string coding;  // plain zstd
  std::string data;
};

/// What the pages of one site have in common, ready to pack more of them. Immutable; may be used by many threads.
class PageDictionary {
 public:
  PageDictionary(std::uint32_t number, std::string bytes);
  ~PageDictionary();
  PageDictionary(const PageDictionary&) = delete;
  PageDictionary& operator=(const PageDictionary&) = delete;

  std::uint32_t number() const { return number_; }
  const std::string& bytes() const { return bytes_; }
  const ZSTD_CDict_s* prepared() const { return prepared_; }

 private:
  const std::uint32_t number_;
  const std::string bytes_;
  ZSTD_CDict_s* prepared_;
};

/// `dictionary`: none is as good as any.
Result<Packed> pack(std::string_view page, const PageDictionary* dictionary);

/// `size`: of the page before it was packed. `dictionary`: the bytes of the one it was packed with, or empty.
Result<std::string> unpack_page(std::string_view coding, std::string_view data, std::int64_t size, std::string_view dictionary);

/// At most 64 KiB of what stands on a third of the pages or more; empty where that is too little to be worth it.
/// A page's own words do not get in, nor anything with a mail address or seven digits in a row, since a dictionary
/// outlives the pages that it was made from. Pure but for its CPU time: some 0.1 s for 4 MB of pages.
std::string train_dictionary(const std::vector<std::string>& pages);

}  // namespace vigie::storage
