#pragma once

#include <memory>

#include <curl/curl.h>

namespace vigie::alerts {

/// What libcurl hands out and wants back. For the two ways out that use it, mail and webhook, alone.
struct CurlClose {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Curl = std::unique_ptr<CURL, CurlClose>;

struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListFree>;

}  // namespace vigie::alerts
