#include <array>
#include <memory>
#include <string>

#include "core/text.h"
#include "core/url.h"
#include "fuzz.h"
#include "parser/extract.h"
#include "parser/site_learner.h"

using namespace vigie;

namespace {

std::shared_ptr<const parser::SiteReader> reader_for(const SiteOptions& site) {
  auto reader = parser::SiteReader::compile(site);
  require(static_cast<bool>(reader), "the site compiles");
  return *reader;
}

// Four ways to be told what a site is like.
SiteOptions site_of(unsigned way) {
  SiteOptions site;
  site.set_site("annonces");
  site.set_region("FR");
  site.add_start("https://annonces.example/liste");
  site.add_hosts("annonces.example");
  if (way != 0) {
    site.add_ad(R"(^/annonce/(?P<id>\d+))");
    site.add_follow(R"(^/liste(\?page=\d+)?$)");
  }
  const auto field = [&](const char* name, const char* at, const char* attribute = nullptr) {
    auto& rule = *site.add_fields();
    rule.set_name(name);
    rule.set_at(at);
    if (attribute) rule.set_attribute(attribute);
  };
  if (way == 2) site.set_listing("article, .ad, li");
  if (way >= 2) field("title", "h1, h2, a"), field("price", ".price, b"), field("id", "article, a", "data-id"), field("contacts", "p");
  return site;
}

void judge_contact(const Ad& ad, const Contact& contact) {
  if (contact.span_size() == 0) return;
  require(contact.span_size() == 2, "a span has two ends");
  const std::string* field = contact.field() == "title" ? &ad.title() : contact.field() == "text" ? &ad.text() : nullptr;
  if (contact.field().starts_with("attributes.")) {
    const auto found = ad.attributes().find(contact.field().substr(11));
    require(found != ad.attributes().end(), "the field of a contact is there");
    field = &found->second;
  }
  if (!field) return;
  const auto begin = contact.span(0), end = contact.span(1);
  require(begin >= 0 && begin < end && end <= static_cast<int>(field->size()), "a span lies inside its field");
  require(text::valid_utf8(std::string_view(*field).substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))), "a span holds whole characters");
}

void judge(const PageRecord& page) {
  require(!page.page_class().empty() && !page.why().empty(), "a page has a class, and it is said why");
  for (const auto* words : {&page.title(), &page.main_text(), &page.lang()}) require(text::valid_utf8(*words), "texts are UTF-8");
  for (const auto& link : page.links()) {
    const auto url = Url::parse(link.url());
    require(url && url->without_fragment() == link.url(), "a link is an address without fragment");
  }
  for (const auto& ad : page.listings()) {
    require(ad.ad().starts_with("annonces/"), "an ad has an id of its site");
    require(text::valid_utf8(ad.title()) && text::valid_utf8(ad.text()), "an ad's texts are UTF-8");
    for (const auto& contact : ad.contacts()) judge_contact(ad, contact);
  }
}

/// The page once more by what a site of nothing but such pages would have taught.
PageRecord read_again(const parser::SiteReader& reader, ParseRequest request, const PageLesson& lesson) {
  parser::SiteLearner learner;
  for (int n = 0; n < 8; ++n) {
    PageLesson one = lesson;
    for (auto& listing : *one.mutable_listings()) {
      if (!listing.ad().empty()) listing.set_ad(listing.ad() + std::to_string(n));
    }
    (void)learner.take(one, from_ms(1));
  }
  learner.write(*request.mutable_knowledge());
  require(request.knowledge().ByteSizeLong() < 256 << 10, "what a site teaches stays small");
  const auto page = reader.read(request);
  require(static_cast<bool>(page), "a page that was read is read again");
  return *page;
}

}  // namespace

// First byte: how the site is described, which page this is, and whether it teaches; the rest: the page.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<SiteOptions, 4> kSites{site_of(0), site_of(1), site_of(2), site_of(3)};
  static const std::array<std::shared_ptr<const parser::SiteReader>, 4> kReaders{
      reader_for(kSites[0]), reader_for(kSites[1]), reader_for(kSites[2]), reader_for(kSites[3])};
  if (size == 0) return 0;
  ParseRequest request;
  *request.mutable_site() = kSites[data[0] % 4];
  request.set_url(data[0] & 4 ? "https://annonces.example/annonce/7" : "https://annonces.example/liste");
  request.set_content_type("text/html; charset=utf-8");
  request.set_fetched_ms(1'795'000'000'000);
  request.set_status(200);
  request.set_body(data + 1, size - 1);
  request.set_teach((data[0] & 8) != 0);
  request.set_explain((data[0] & 8) != 0);
  const auto page = kReaders[data[0] % 4]->read(request);
  if (!page) {
    require(page.error().code == Errc::too_large || page.error().code == Errc::malformed, "a refused page is too large or malformed");
    return 0;
  }
  judge(*page);
  if (page->has_lesson()) judge(read_again(*kReaders[data[0] % 4], request, page->lesson()));
  return 0;
}
