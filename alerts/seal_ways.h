#pragma once

#include <string>
#include <string_view>

#include "alerts/seal.h"

/// The two ways to encrypt, as seal.cpp chooses between them; private to seal.cpp, smime.cpp and pgp.cpp.
namespace vigie::alerts {

/// `pem`, `key`: the content of the key file, bounded.
KeyState look_at_certificates(std::string_view pem, Instant now);
KeyState look_at_pgp(std::string_view key, Instant now);
/// DER of CMS enveloped data, AES-256.
Result<std::string> encrypt_cms(std::string_view inner, std::string_view pem);
/// An armoured OpenPGP message.
Result<std::string> encrypt_pgp(std::string_view inner, std::string_view key);

}  // namespace vigie::alerts
