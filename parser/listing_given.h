#pragma once

#include <set>
#include <string>
#include <vector>

#include "parser/listing.h"
#include "parser/template.h"
#include "parser/trace.h"

namespace vigie::parser {

/// Puts values that are known to be a field's into a listing's record, each read as what it must be.
class GivenFields {
 public:
  GivenFields(const Page& page, const ListingAt& at, Ad& ad, Trace* trace)
      : page_(page), at_(at), ad_(ad), trace_(trace) {}

  /// What the template's rules say of the listing. Several rules of one field: the first that speaks counts.
  void take(const Template& rules, const std::vector<Template::Matches>& matches);
  /// True when a rule has spoken on the field.
  bool done(const std::string& name) const { return done_.contains(name); }
  /// The site's own number and the address that a rule named; empty: none did.
  const std::string& number() const { return number_; }
  const std::string& url() const { return url_; }

  /// `node`: what held the value, so that its machine form counts; kNone: unknown.
  void date(const std::string& value, NodeId node);
  void age(const std::string& value);
  void image(const std::string& value, NodeId node);

 private:
  void give(const std::string& name, const std::string& value, NodeId node);
  void contacts(const std::string& value, NodeId node);
  void price(const std::string& name, const std::string& value);
  void place(const std::string& name, const std::string& value);

  const Page& page_;
  const ListingAt& at_;
  Ad& ad_;
  Trace* trace_;
  std::set<std::string> done_;
  std::string number_, url_;
};

}  // namespace vigie::parser
