#include "parser/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "core/text.h"

namespace vigie::parser {
namespace {

struct Encoding {
  std::string_view name;    // WHATWG
  const char* converter;    // ICU
  std::string_view labels;  // blank-separated, beside the name itself
};

// Source: Encoding Standard, section 4.2. Only these are ever decoded: UTF-7, SCSU and the like hide markup from
// filters.
constexpr Encoding kEncodings[] = {
    {"utf-8", "UTF-8", "utf8 unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8"},
    {"windows-1252", "windows-1252",
     "iso-8859-1 latin1 iso8859-1 iso88591 ascii us-ascii ansi_x3.4-1968 cp1252 cp819 l1 ibm819 iso-ir-100 iso_8859-1 "
     "iso_8859-1:1987 "
     "csisolatin1 x-cp1252"},
    {"windows-1250", "windows-1250", "cp1250 x-cp1250"},
    {"windows-1251", "windows-1251", "cp1251 x-cp1251"},
    {"windows-1253", "windows-1253", "cp1253 x-cp1253"},
    {"windows-1254", "windows-1254",
     "cp1254 x-cp1254 iso-8859-9 latin5 iso8859-9 iso88599 l5 iso-ir-148 csisolatin5 iso_8859-9"},
    {"windows-1255", "windows-1255", "cp1255 x-cp1255"},
    {"windows-1256", "windows-1256", "cp1256 x-cp1256"},
    {"windows-1257", "windows-1257", "cp1257 x-cp1257"},
    {"windows-1258", "windows-1258", "cp1258 x-cp1258"},
    {"windows-874", "windows-874", "iso-8859-11 tis-620 dos-874 iso8859-11 iso885911"},
    {"iso-8859-2", "ISO-8859-2", "latin2 iso8859-2 iso88592 l2 iso-ir-101 csisolatin2 iso_8859-2"},
    {"iso-8859-3", "ISO-8859-3", "latin3 iso8859-3 iso88593 l3 iso-ir-109 csisolatin3 iso_8859-3"},
    {"iso-8859-4", "ISO-8859-4", "latin4 iso8859-4 iso88594 l4 iso-ir-110 csisolatin4 iso_8859-4"},
    {"iso-8859-5", "ISO-8859-5", "cyrillic iso8859-5 iso88595 iso-ir-144 csisolatincyrillic iso_8859-5"},
    {"iso-8859-6", "ISO-8859-6", "arabic iso8859-6 iso88596 iso-ir-127 csisolatinarabic ecma-114 asmo-708 iso_8859-6"},
    {"iso-8859-7", "ISO-8859-7",
     "greek greek8 iso8859-7 iso88597 iso-ir-126 csisolatingreek ecma-118 elot_928 sun_eu_greek iso_8859-7"},
    {"iso-8859-8", "ISO-8859-8",
     "hebrew visual iso8859-8 iso88598 iso-8859-8-e csiso88598e csisolatinhebrew iso_8859-8"},
    {"iso-8859-8-i", "ISO-8859-8", "logical csiso88598i"},
    {"iso-8859-10", "ibm-919_P100-1999", "latin6 iso8859-10 iso885910 l6 iso-ir-157 csisolatin6"},
    {"iso-8859-13", "ISO-8859-13", "iso8859-13 iso885913"},
    {"iso-8859-14", "iso-8859_14-1998", "iso8859-14 iso885914"},
    {"iso-8859-15", "ISO-8859-15", "latin9 iso8859-15 iso885915 l9 csisolatin9 iso_8859-15"},
    {"koi8-r", "KOI8-R", "koi koi8 koi8_r cskoi8r"},
    {"koi8-u", "KOI8-U", "koi8-ru"},
    {"ibm866", "ibm-866", "866 cp866 csibm866"},
    {"macintosh", "macintosh", "mac x-mac-roman csmacintosh"},
    {"x-mac-cyrillic", "x-mac-cyrillic", "x-mac-ukrainian"},
    {"gbk", "gb18030", "gb2312 gb_2312 gb_2312-80 chinese csgb2312 csiso58gb231280 iso-ir-58 x-gbk"},
    {"gb18030", "gb18030", ""},
    {"big5", "Big5-HKSCS", "big5-hkscs cn-big5 csbig5 x-x-big5"},
    {"shift_jis", "windows-31j", "shift-jis sjis ms_kanji ms932 csshiftjis windows-31j x-sjis"},
    {"euc-jp", "EUC-JP", "cseucpkdfmtjapanese x-euc-jp"},
    {"iso-2022-jp", "ISO-2022-JP", "csiso2022jp"},
    {"euc-kr", "windows-949",
     "cseuckr csksc56011987 iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 windows-949"},
    {"utf-16le", "UTF-16LE", "utf-16 unicode ucs-2 iso-10646-ucs-2 csunicode unicodefeff"},
    {"utf-16be", "UTF-16BE", "unicodefffe"},
};

const Encoding* find_encoding(std::string_view label) {
  const std::string wanted = text::lower_ascii(text::trim(label));
  if (wanted.empty() || wanted.size() > 40 || wanted.find(' ') != std::string::npos) return nullptr;
  for (const Encoding& e : kEncodings) {
    if (e.name == wanted) return &e;
    for (const auto one : text::split(e.labels, ' ')) {
      if (one == wanted) return &e;
    }
  }
  return nullptr;
}

const Encoding* named(std::string_view name) {
  for (const Encoding& e : kEncodings) {
    if (e.name == name) return &e;
  }
  return nullptr;
}

struct ConverterClose {
  void operator()(UConverter* c) const { ucnv_close(c); }
};
using Converter = std::unique_ptr<UConverter, ConverterClose>;

std::string clean_utf8(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (text::valid_utf8(bytes) && bytes.find('\0') == std::string_view::npos) return std::string(bytes);
  return text::repair_utf8(bytes);
}

/// Empty when this ICU has no such converter.
std::optional<std::string> convert(std::string_view bytes, const Encoding& e) {
  if (e.name == "utf-8") return clean_utf8(bytes);
  UErrorCode status = U_ZERO_ERROR;
  Converter from(ucnv_open(e.converter, &status));
  Converter to(ucnv_open("UTF-8", &status));
  if (U_FAILURE(status)) return std::nullopt;
  std::string out(bytes.size() * 3 + 16, '\0');
  char* target = out.data();
  const char* source = bytes.data();
  std::array<UChar, 4096> pivot;
  UChar *pivot_source = pivot.data(), *pivot_target = pivot.data();
  ucnv_convertEx(to.get(), from.get(), &target, out.data() + out.size(), &source, bytes.data() + bytes.size(),
                 pivot.data(), &pivot_source, &pivot_target, pivot.data() + pivot.size(), true, true, &status);
  out.resize(static_cast<std::size_t>(target - out.data()));
  return clean_utf8(out);
}

struct Utf8Census {
  std::size_t good = 0, bad = 0;  // multi-byte sequences
};

Utf8Census count_sequences(std::string_view s) {
  Utf8Census census;
  for (std::size_t i = text::ascii_prefix(s); i < s.size(); i += text::ascii_prefix(s.substr(i))) {
    const auto byte = static_cast<unsigned char>(s[i]);
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
    const bool good = length > 1 && i + length <= s.size() && text::valid_utf8(s.substr(i, length));
    ++(good ? census.good : census.bad);
    i += good ? length : 1;
  }
  return census;
}

struct DetectorClose {
  void operator()(UCharsetDetector* d) const { ucsdet_close(d); }
};

const Encoding* detect(std::string_view bytes) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<UCharsetDetector, DetectorClose> detector(ucsdet_open(&status));
  if (U_FAILURE(status)) return nullptr;
  // Markup is ASCII and says nothing about the charset; the filter leaves it out.
  ucsdet_enableInputFilter(detector.get(), true);
  const std::string_view sample = bytes.substr(0, std::size_t{64} << 10);
  ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()), &status);
  const UCharsetMatch* match = ucsdet_detect(detector.get(), &status);
  if (U_FAILURE(status) || match == nullptr) return nullptr;
  const char* name = ucsdet_getName(match, &status);
  if (U_FAILURE(status) || name == nullptr || ucsdet_getConfidence(match, &status) < 15) return nullptr;
  return find_encoding(name);
}

const Encoding* by_bom(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return named("utf-8");
  if (bytes.starts_with("\xFF\xFE")) return named("utf-16le");
  if (bytes.starts_with("\xFE\xFF")) return named("utf-16be");
  return nullptr;
}

/// "<" or "<!" in 16-bit units, without a mark.
const Encoding* by_zero_pattern(std::string_view bytes) {
  if (bytes.size() < 8) return nullptr;
  if (bytes[0] != '\0' && bytes[1] == '\0' && bytes[2] != '\0' && bytes[3] == '\0') return named("utf-16le");
  if (bytes[0] == '\0' && bytes[1] != '\0' && bytes[2] == '\0' && bytes[3] != '\0') return named("utf-16be");
  return nullptr;
}

/// Markup of single bytes, of which 16-bit units would make nonsense.
bool is_plainly_narrow(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 512);
  return head.find('<') != std::string_view::npos && head.find('\0') == std::string_view::npos;
}

std::string_view charset_parameter(std::string_view value) {
  const std::string lower = text::lower_ascii(value);
  for (std::size_t at = lower.find("charset"); at != std::string::npos; at = lower.find("charset", at + 7)) {
    std::size_t i = at + 7;
    while (i < value.size() && (value[i] == ' ' || value[i] == '\t' || value[i] == '\n')) ++i;
    if (i >= value.size() || value[i] != '=') continue;
    ++i;
    while (i < value.size() && (value[i] == ' ' || value[i] == '"' || value[i] == '\'')) ++i;
    const std::size_t end = value.find_first_of(" \t\n;\"'>/,", i);
    return value.substr(i, end == std::string_view::npos ? end : end - i);
  }
  return {};
}

}  // namespace

std::string_view encoding_of_label(std::string_view label) {
  const Encoding* e = find_encoding(label);
  return e ? e->name : std::string_view{};
}

std::string_view encoding_of_meta(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 4096);
  const std::string lower = text::lower_ascii(head);
  for (std::size_t at = 0; at < lower.size();) {
    const std::size_t lt = lower.find('<', at);
    if (lt == std::string::npos) return {};
    if (lower.compare(lt, 4, "<!--") == 0) {
      const std::size_t end = lower.find("-->", lt + 2);
      if (end == std::string::npos) return {};
      at = end + 3;
      continue;
    }
    const std::size_t gt = lower.find('>', lt);
    const std::size_t stop = gt == std::string::npos ? lower.size() : gt;
    if (lower.compare(lt, 5, "<meta") == 0 || lower.compare(lt, 5, "<?xml") == 0) {
      std::string_view label = charset_parameter(head.substr(lt, stop - lt));
      if (label.empty() && lower[lt + 1] == '?') {
        const std::size_t e = lower.find("encoding=", lt);
        if (e < stop && e + 10 < stop) label = head.substr(e + 10, head.find_first_of("\"'", e + 10) - e - 10);
      }
      const std::string_view name = encoding_of_label(label);
      if (name.starts_with("utf-16")) return "utf-8";
      if (!name.empty()) return name;
    }
    at = stop + 1;
  }
  return {};
}

Decoded8 to_utf8(std::string_view bytes, std::string_view content_type) {
  const Encoding* chosen = by_bom(bytes);
  std::string source = "bom";
  if (chosen && chosen->name != "utf-8") bytes.remove_prefix(2);
  if (!chosen) {
    source = "header";
    chosen = find_encoding(charset_parameter(content_type));
    if (chosen && chosen->name.starts_with("utf-16") && is_plainly_narrow(bytes)) chosen = nullptr;
  }
  if (!chosen && (chosen = by_zero_pattern(bytes))) source = "content";
  if (!chosen) {
    source = "meta";
    chosen = named(encoding_of_meta(bytes));
  }
  if (source != "bom" && !(chosen && chosen->name.starts_with("utf-16"))) {
    const Utf8Census census = count_sequences(bytes);
    const bool no_escapes = bytes.find('\x1B') == std::string_view::npos;
    if (census.bad == 0 && no_escapes && (census.good >= 3 || !chosen) && !(chosen && chosen->name == "utf-8")) {
      chosen = named("utf-8");
      source = "content";
    } else if (census.bad > census.good && (!chosen || chosen->name == "utf-8")) {
      chosen = detect(bytes);
      source = "detected";
      if (chosen && chosen->name == "utf-8") chosen = nullptr;
    }
  }
  if (!chosen) {
    source = "fallback";
    const Utf8Census census = count_sequences(bytes);
    chosen = named(census.bad > census.good ? "windows-1252" : "utf-8");
  }
  auto decoded = convert(bytes, *chosen);
  if (!decoded) return {clean_utf8(bytes), "utf-8", "fallback"};
  return {std::move(*decoded), std::string(chosen->name), std::move(source)};
}

}  // namespace vigie::parser
