#include <string>

#include <zstd.h>

#include "core/hash.h"
#include "storage/rocks_store.h"

namespace vigie::storage {

namespace {

constexpr int kLevel = 3;
constexpr std::int64_t kMostBytes = 256 << 20;  // no body we keep comes near it: a larger claim is damage

Result<RawBody> encode_body(std::string_view bytes) {
  RawBody body;
  body.set_size(static_cast<std::int64_t>(bytes.size()));
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const auto size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kLevel);
  if (ZSTD_isError(size)) return fail(Errc::storage, std::string("zstd: ") + ZSTD_getErrorName(size));
  if (size < bytes.size()) {
    packed.resize(size);
    body.set_coding("zstd");
    body.set_data(std::move(packed));
  } else {
    body.set_coding("plain");
    body.set_data(std::string(bytes));
  }
  return body;
}

}  // namespace

Result<std::string> unpack(const RawBody& body) {
  if (body.coding() == "plain") return body.data();
  if (body.coding() != "zstd" || body.size() < 0 || body.size() > kMostBytes) return fail(Errc::corrupt, "raw body: unknown coding or size");
  std::string bytes(static_cast<std::size_t>(body.size()), '\0');
  const auto size = ZSTD_decompress(bytes.data(), bytes.size(), body.data().data(), body.data().size());
  if (ZSTD_isError(size) || size != bytes.size()) return fail(Errc::corrupt, "raw body: does not unpack");
  return bytes;
}

Result<std::string> RocksStore::put_raw(std::string_view site, std::string_view bytes, Instant seen) {
  const auto key = sha256(bytes);
  auto known = engine_->get(Family::raw, key);
  if (!known) return std::move(known).error();
  if (*known) return key;
  auto body = encode_body(bytes);
  if (!body) return std::move(body).error();
  body->set_site(std::string(site));
  body->set_first_ms(to_ms(seen));
  body->set_shard(shard_of(site));
  body->mutable_retention()->set_class_("raw");
  // Unsynced: the completion that refers to it comes later in the same write-ahead log, and its sync covers both.
  const auto written = engine_->write(Durability::unsynced, [&](Transaction& t) -> Status {
    auto there = t.get(Family::raw, key);
    if (!there) return std::move(there).error();
    if (*there) return {};
    t.count(Tally::raw_bodies, 1);
    return t.put(Family::raw, key, body->SerializeAsString());  // a large copy less; its one text is a site's code
  });
  if (!written) return std::move(written).error();
  return key;
}

Result<std::string> RocksStore::raw(std::string_view sha256) {
  auto body = get_message<RawBody>(*engine_, Family::raw, sha256);
  if (!body) return std::move(body).error();
  if (!*body) return fail(Errc::not_found, "no such body");
  return unpack(**body);
}

}  // namespace vigie::storage
