#include <gpgme.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "alerts/seal_ways.h"

namespace vigie::alerts {
namespace {

struct ContextFree {
  void operator()(gpgme_context* context) const { gpgme_release(context); }
};
struct DataFree {
  void operator()(gpgme_data* data) const { gpgme_data_release(data); }
};
struct KeyFree {
  void operator()(gpgme_key_t key) const { gpgme_key_unref(key); }
};
using Context = std::unique_ptr<gpgme_context, ContextFree>;
using Data = std::unique_ptr<gpgme_data, DataFree>;
using Key = std::unique_ptr<std::remove_pointer_t<gpgme_key_t>, KeyFree>;

/// A key ring for one look at one key file: nobody keeps a ring, so nothing in one can be stale. No agent, no network.
class Ring {
 public:
  Ring() {
    static const char* const version = gpgme_check_version(nullptr);  // starts the library
    if (version == nullptr) return;
    std::string name = (std::filesystem::temp_directory_path() / "vigie-keys-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return;
    home_ = name;
    std::ofstream(home_ + "/gpg.conf") << "no-autostart\nno-auto-key-locate\nno-auto-check-trustdb\n";
    gpgme_ctx_t context = nullptr;
    if (gpgme_new(&context) != GPG_ERR_NO_ERROR) return;
    context_.reset(context);
    gpgme_set_armor(context, 1);
    gpgme_set_offline(context, 1);
    if (gpgme_ctx_set_engine_info(context, GPGME_PROTOCOL_OpenPGP, nullptr, home_.c_str()) != GPG_ERR_NO_ERROR) context_.reset();
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    context_.reset();
    std::error_code ignored;
    if (!home_.empty()) std::filesystem::remove_all(home_, ignored);
  }

  /// The keys of a file; `refused` with gpg's words when it holds none, or gpg is not here.
  Result<std::vector<Key>> take_in(std::string_view file) {
    if (!context_) return fail(Errc::refused, "OpenPGP: no key ring could be made");
    gpgme_data_t raw = nullptr;
    if (gpgme_data_new_from_mem(&raw, file.data(), file.size(), 0) != GPG_ERR_NO_ERROR) return fail(Errc::storage, "no memory to read a key");
    const Data data(raw);
    if (const auto bad = gpgme_op_import(context_.get(), data.get()); bad != GPG_ERR_NO_ERROR) return failed(bad);
    std::vector<Key> keys;
    for (auto* one = gpgme_op_import_result(context_.get())->imports; one != nullptr; one = one->next) {
      gpgme_key_t key = nullptr;
      if (one->result == GPG_ERR_NO_ERROR && gpgme_get_key(context_.get(), one->fpr, &key, 0) == GPG_ERR_NO_ERROR) keys.emplace_back(key);
    }
    if (keys.empty()) return fail(Errc::refused, "the key file holds no OpenPGP key that can be read");
    return keys;
  }

  Result<std::string> encrypt(std::string_view text, const std::vector<Key>& keys) {
    std::vector<gpgme_key_t> to;
    for (const Key& key : keys) to.push_back(key.get());
    to.push_back(nullptr);
    gpgme_data_t in = nullptr, out = nullptr;
    if (gpgme_data_new_from_mem(&in, text.data(), text.size(), 0) != GPG_ERR_NO_ERROR) return fail(Errc::storage, "no memory to encrypt a message");
    const Data plain(in);
    if (gpgme_data_new(&out) != GPG_ERR_NO_ERROR) return fail(Errc::storage, "no memory to encrypt a message");
    Data sealed(out);
    // Whose key it is has been settled by whoever put the file there.
    if (const auto bad = gpgme_op_encrypt(context_.get(), to.data(), GPGME_ENCRYPT_ALWAYS_TRUST, plain.get(), sealed.get()); bad != GPG_ERR_NO_ERROR) {
      return failed(bad);
    }
    std::size_t size = 0;
    char* bytes = gpgme_data_release_and_get_mem(sealed.release(), &size);
    std::string result(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : size);
    gpgme_free(bytes);
    if (result.find("-----BEGIN PGP MESSAGE-----") == std::string::npos) return fail(Errc::refused, "OpenPGP: nothing came of it");
    return result;
  }

 private:
  static Error failed(gpgme_error_t bad) { return fail(Errc::refused, std::string("OpenPGP: ") + gpgme_strerror(bad)); }

  std::string home_;
  std::unique_ptr<gpgme_context, ContextFree> context_;
};

/// When `key` ends: the part that encrypts, and the whole; empty: never.
std::optional<Instant> end_of(const Key& key) {
  std::optional<Instant> last_part;
  bool endless = false;
  for (auto* part = key->subkeys; part != nullptr; part = part->next) {
    if (!part->can_encrypt || part->revoked || part->disabled) continue;
    if (part->expires == 0) endless = true;
    else last_part = std::max(last_part.value_or(Instant::min()), from_ms(static_cast<std::int64_t>(part->expires) * 1000));
  }
  std::optional<Instant> end = endless ? std::nullopt : last_part;
  if (key->subkeys != nullptr && key->subkeys->expires > 0) {  // the first one is the key itself
    const Instant whole = from_ms(static_cast<std::int64_t>(key->subkeys->expires) * 1000);
    end = end ? std::min(*end, whole) : whole;
  }
  return end;
}

}  // namespace

KeyState look_at_pgp(std::string_view file, Instant now) {
  Ring ring;
  auto keys = ring.take_in(file);
  if (!keys) return {false, keys.error().text, std::nullopt};
  KeyState state{true, "", std::nullopt};
  for (const Key& key : *keys) {
    const auto end = end_of(key);
    if (end) state.expires = state.expires ? std::min(*state.expires, *end) : *end;
    if (key->revoked) return {false, "the key was revoked", state.expires};
    if ((end && now >= *end) || key->expired) return {false, "the key ended" + (end ? " on " + to_rfc3339(*end).substr(0, 10) : ""), state.expires};
    if (!key->can_encrypt || key->disabled || key->invalid) return {false, "the key is not for encrypting", state.expires};
  }
  return state;
}

Result<std::string> encrypt_pgp(std::string_view inner, std::string_view file) {
  Ring ring;
  auto keys = ring.take_in(file);
  if (!keys) return std::move(keys).error();
  return ring.encrypt(inner, *keys);
}

}  // namespace vigie::alerts
