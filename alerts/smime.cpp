#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "alerts/seal_ways.h"

namespace vigie::alerts {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
struct CertificatesFree {
  void operator()(STACK_OF(X509) * all) const { sk_X509_pop_free(all, X509_free); }
};
using Certificates = std::unique_ptr<STACK_OF(X509), CertificatesFree>;
struct CmsFree {
  void operator()(CMS_ContentInfo* cms) const { CMS_ContentInfo_free(cms); }
};

constexpr int kMostCertificates = 20;

// What the library noted of its last failure, and none of it is left for the next caller.
std::string library_words() {
  char words[200] = "no reason given";
  if (const auto code = ERR_get_error(); code != 0) ERR_error_string_n(code, words, sizeof words);
  ERR_clear_error();
  return words;
}

Certificates read(std::string_view pem) {
  Certificates all(sk_X509_new_null());
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (all && in && sk_X509_num(all.get()) < kMostCertificates) {
    X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr);
    if (one == nullptr) break;
    sk_X509_push(all.get(), one);
  }
  ERR_clear_error();  // the end of the file counts as an error there
  return all;
}

std::optional<Instant> instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return from_ms(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

std::string day_of(Instant at) { return to_rfc3339(at).substr(0, 10); }

}  // namespace

KeyState look_at_certificates(std::string_view pem, Instant now) {
  const Certificates all = read(pem);
  if (!all || sk_X509_num(all.get()) == 0) return {false, "the key file holds no certificate that can be read", std::nullopt};
  KeyState state{true, "", std::nullopt};
  for (int i = 0; i < sk_X509_num(all.get()); ++i) {
    X509* one = sk_X509_value(all.get(), i);
    const auto from = instant_of(X509_get0_notBefore(one)), to = instant_of(X509_get0_notAfter(one));
    if (!from || !to) return {false, "the certificate has no dates that can be read", std::nullopt};
    state.expires = state.expires ? std::min(*state.expires, *to) : *to;
    if (now < *from) return {false, "the certificate holds only from " + day_of(*from), state.expires};
    if (now >= *to) return {false, "the certificate ended on " + day_of(*to), state.expires};
    if (X509_check_purpose(one, X509_PURPOSE_SMIME_ENCRYPT, 0) != 1) {
      ERR_clear_error();
      return {false, "the certificate is not for encrypting mail", state.expires};
    }
  }
  return state;
}

Result<std::string> encrypt_cms(std::string_view inner, std::string_view pem) {
  const Certificates all = read(pem);
  const Bio in(BIO_new_mem_buf(inner.data(), static_cast<int>(inner.size()))), out(BIO_new(BIO_s_mem()));
  if (!all || !in || !out) return fail(Errc::storage, "no memory to encrypt a message");
  // CBC, because that is what mail programs read; binary, because our lines already end as they must.
  const std::unique_ptr<CMS_ContentInfo, CmsFree> cms(CMS_encrypt(all.get(), in.get(), EVP_aes_256_cbc(), CMS_BINARY));
  if (!cms || i2d_CMS_bio(out.get(), cms.get()) != 1) return fail(Errc::refused, "S/MIME: " + library_words());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(std::max(size, 0L)));
}

}  // namespace vigie::alerts
