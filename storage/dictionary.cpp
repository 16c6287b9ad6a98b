#include "storage/dictionary.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <zdict.h>
#include <zstd.h>

#include "core/hash.h"

namespace vigie::storage {

namespace {

constexpr int kLevel = 3;
constexpr std::size_t kMostBytes = 64 << 10;
constexpr std::size_t kLeastShared = 256;         // bytes a page; less is not worth a row
constexpr std::size_t kLeastPages = 8;
constexpr std::int64_t kMostPage = 256 << 20;     // no body we keep comes near it: a larger claim is damage
constexpr int kMostDigits = 6;

struct ContextFree {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// From one "<" or line to the next: a tag with the text behind it.
template <class Each>
void each_piece(std::string_view page, const Each& each) {
  std::size_t begin = 0;
  while (begin < page.size()) {
    const auto end = std::min(page.find_first_of("<\n", begin + 1), page.size());
    each(page.substr(begin, end - begin));
    begin = end;
  }
}

/// Could it be a way to reach somebody? Digits count across what people put between them.
bool may_reach(std::string_view piece) {
  int digits = 0;
  for (const char c : piece) {
    if (c == '@') return true;
    if (c >= '0' && c <= '9') {
      if (++digits > kMostDigits) return true;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      digits = 0;
    }
  }
  return false;
}

}  // namespace

PageDictionary::PageDictionary(std::uint32_t number, std::string bytes)
    : number_(number), bytes_(std::move(bytes)), prepared_(ZSTD_createCDict(bytes_.data(), bytes_.size(), kLevel)) {}

PageDictionary::~PageDictionary() { ZSTD_freeCDict(prepared_); }

Result<Packed> pack(std::string_view page, const PageDictionary* dictionary) {
  const std::unique_ptr<ZSTD_CCtx, ContextFree> context(ZSTD_createCCtx());
  if (!context) return fail(Errc::storage, "zstd: no memory");
  Packed packed{"zstd", std::string(ZSTD_compressBound(page.size()), '\0')};
  const auto size = dictionary && dictionary->prepared()
                        ? ZSTD_compress_usingCDict(context.get(), packed.data.data(), packed.data.size(), page.data(), page.size(), dictionary->prepared())
                        : ZSTD_compressCCtx(context.get(), packed.data.data(), packed.data.size(), page.data(), page.size(), kLevel);
  if (ZSTD_isError(size)) return fail(Errc::storage, std::string("zstd: ") + ZSTD_getErrorName(size));
  if (size >= page.size()) return Packed{"plain", std::string(page)};
  packed.data.resize(size);
  packed.data.shrink_to_fit();
  return packed;
}

Result<std::string> unpack_page(std::string_view coding, std::string_view data, std::int64_t size, std::string_view dictionary) {
  if (coding == "plain") return std::string(data);
  if (coding != "zstd" || size < 0 || size > kMostPage) return fail(Errc::corrupt, "raw body: unknown coding or size");
  const std::unique_ptr<ZSTD_DCtx, ContextFree> context(ZSTD_createDCtx());
  if (!context) return fail(Errc::storage, "zstd: no memory");
  std::string page(static_cast<std::size_t>(size), '\0');
  const auto got = ZSTD_decompress_usingDict(context.get(), page.data(), page.size(), data.data(), data.size(), dictionary.data(), dictionary.size());
  if (ZSTD_isError(got) || got != page.size()) return fail(Errc::corrupt, "raw body: does not unpack");
  return page;
}

std::string train_dictionary(const std::vector<std::string>& pages) {
  if (pages.size() < kLeastPages) return {};
  std::unordered_map<std::uint64_t, std::size_t> stands_on;
  for (const auto& page : pages) {
    std::unordered_set<std::uint64_t> once;
    each_piece(page, [&](std::string_view piece) { once.insert(hash64(piece)); });
    for (const auto piece : once) ++stands_on[piece];
  }
  const auto least = std::max<std::size_t>(4, (pages.size() + 2) / 3);
  std::string samples;
  std::vector<std::size_t> sizes;
  for (const auto& page : pages) {
    const auto before = samples.size();
    each_piece(page, [&](std::string_view piece) {
      if (stands_on[hash64(piece)] >= least && !may_reach(piece)) samples += piece;
    });
    sizes.push_back(samples.size() - before);
  }
  if (samples.size() < kLeastShared * pages.size()) return {};
  // The frame of a page in its order, which a trainer would cut into segments: pieces by the first page that has them,
  // the page with the longest frame last, since what is near the end is cheapest to point at.
  std::string content;
  std::unordered_set<std::uint64_t> taken;
  std::vector<std::size_t> order(sizes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  for (const auto i : order) {
    std::string frame;
    each_piece(pages[i], [&](std::string_view piece) {
      const auto hash = hash64(piece);
      if (stands_on[hash] < least || may_reach(piece)) return;
      if (taken.insert(hash).second || content.empty()) frame += piece;
    });
    content.insert(0, frame);
    if (content.size() >= kMostBytes) break;
  }
  if (content.size() > kMostBytes) content.erase(0, content.size() - kMostBytes);
  std::string made(kMostBytes + 4096, '\0');
  ZDICT_params_t how{};
  how.compressionLevel = kLevel;
  const auto size = ZDICT_finalizeDictionary(made.data(), made.size(), content.data(), content.size(), samples.data(), sizes.data(),
                                             static_cast<unsigned>(sizes.size()), how);
  if (ZDICT_isError(size)) return {};
  made.resize(size);
  return made;
}

}  // namespace vigie::storage
