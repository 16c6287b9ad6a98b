#include <string>

#include "core/json.h"
#include "core/text.h"
#include "fuzz.h"
#include "storage/history.h"
#include "storage/sketch.h"

using namespace vigie;

namespace {

double between(double share) {
  require(share >= 0 && share <= 1, "a share lies in [0, 1]");
  return share;
}

}  // namespace

// Two stored ads, the first as long as the first two bytes say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto bytes = view(data + 2, size - 2);
  const auto cut = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(data[0]) << 8 | data[1]);
  StoredAd first, second;
  if (!first.ParseFromString(std::string(bytes.substr(0, cut)))) return 0;
  if (!second.ParseFromString(std::string(bytes.substr(cut)))) second = first;
  const auto& a = first.ad();
  const auto& b = second.ad();
  require(storage::compare(a, a).empty(), "an ad does not differ from itself");
  require(storage::compare(a, b).empty() == (storage::content_hash(a) == storage::content_hash(b)), "equal hash, no difference");
  require(storage::compare(a, b).empty() == storage::compare(b, a).empty(), "difference is symmetric");
  const auto most_uses = a.contacts_size() + a.images_size() + 1;  // and one for the template
  require(storage::uses_of(first).size() <= static_cast<std::size_t>(most_uses), "at most one use a contact, a picture, the template");
  const auto sketch = storage::sketch_of(a), other = storage::sketch_of(b);
  require(between(storage::jaccard(sketch, sketch)) == (sketch.shingles() > 0 ? 1 : storage::jaccard(sketch, sketch)), "a text is like itself");
  require(between(storage::jaccard(sketch, other)) == storage::jaccard(other, sketch), "likeness is symmetric");
  between(storage::containment(sketch, other));
  between(storage::jaccard(first.sketch(), second.sketch()));  // as stored: any numbers
  between(storage::containment(first.sketch(), second.sketch()));
  const auto text = storage::text_hashes(a), more = storage::text_hashes(b);
  require(between(storage::aligned(text.words, more.words)) == storage::aligned(more.words, text.words), "alignment is symmetric");
  require(storage::common_shingles(text, more) == storage::common_shingles(more, text), "what is common is symmetric");
  const auto json = to_json(a);
  require(text::valid_utf8(json) && json.find('\n') == std::string::npos, "JSON is one line of UTF-8");
  Ad read;
  require(from_json(json, read) && to_json(read) == json, "JSON is read back");
  return 0;
}
