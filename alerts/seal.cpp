#include "alerts/seal.h"

#include <fstream>

#include "alerts/seal_ways.h"
#include "core/hash.h"
#include "core/text.h"

namespace vigie::alerts {
namespace {

constexpr std::size_t kMaxKey = 256 * 1024;

Result<std::string> read_key(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kMaxKey + 1, '\0');
  if (in) in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(in ? bytes.size() : static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (bytes.empty()) return fail(Errc::misconfigured, "the key file cannot be read, or is empty");
  if (bytes.size() > kMaxKey) return fail(Errc::too_large, "the key file is larger than 256 KiB");
  return bytes;
}

bool is_certificate(std::string_view key) { return key.find("-----BEGIN CERTIFICATE-----") != std::string_view::npos; }

struct Split {
  std::string outer, inner;  // headers that stay; those of the content with the body
};

Split split(std::string_view message) {
  Split out;
  const auto end = message.find("\r\n\r\n");
  std::string_view headers = message.substr(0, end == std::string_view::npos ? message.size() : end + 2);
  std::string content;
  bool inside = false;
  while (!headers.empty()) {
    const auto line_end = headers.find("\r\n") + 2;
    const auto line = headers.substr(0, line_end);
    const bool goes_on = line.starts_with(' ') || line.starts_with('\t');
    if (!goes_on) inside = text::starts_with_ci(line, "content-");
    const bool version = !goes_on && text::starts_with_ci(line, "mime-version:");
    if (inside) content += line;
    else if (!version) out.outer += line;
    headers.remove_prefix(line_end);
  }
  out.inner = content + "\r\n" + std::string(end == std::string_view::npos ? "" : message.substr(end + 4));
  return out;
}

std::string lines_of_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 48) out += text::to_base64(bytes.substr(i, 48)) + "\r\n";
  return out;
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

std::string smime_part(std::string_view der) {
  return "MIME-Version: 1.0\r\n"
         "Content-Type: application/pkcs7-mime; smime-type=enveloped-data;\r\n name=\"smime.p7m\"\r\n"
         "Content-Transfer-Encoding: base64\r\n"
         "Content-Disposition: attachment; filename=\"smime.p7m\"\r\n\r\n" + lines_of_base64(der);
}

// RFC 3156, section 4.
std::string pgp_part(std::string_view armoured) {
  const std::string boundary = "=_vigie_" + short_id(armoured);
  return "MIME-Version: 1.0\r\n"
         "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"" + boundary + "\"\r\n\r\n"
         "--" + boundary + "\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
         "--" + boundary + "\r\nContent-Type: application/octet-stream; name=\"message.asc\"\r\n"
         "Content-Disposition: inline; filename=\"message.asc\"\r\n\r\n" + with_crlf(armoured) + "\r\n--" + boundary + "--\r\n";
}

}  // namespace

KeyState look_at_key(const std::string& file, Instant now) {
  auto key = read_key(file);
  if (!key) return {false, key.error().text, std::nullopt};
  return is_certificate(*key) ? look_at_certificates(*key, now) : look_at_pgp(*key, now);
}

Result<std::string> seal(std::string_view message, const std::string& file, Instant now) {
  auto key = read_key(file);
  if (!key) return std::move(key).error();
  const bool smime = is_certificate(*key);
  const KeyState state = smime ? look_at_certificates(*key, now) : look_at_pgp(*key, now);
  if (!state.usable) return fail(Errc::refused, state.why);
  const Split parts = split(message);
  auto sealed = smime ? encrypt_cms(parts.inner, *key) : encrypt_pgp(parts.inner, *key);
  if (!sealed) return std::move(sealed).error();
  return parts.outer + (smime ? smime_part(*sealed) : pgp_part(*sealed));
}

}  // namespace vigie::alerts
