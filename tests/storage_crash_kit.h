#pragma once

#include <doctest/doctest.h>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>

#include "tests/storage_kit.h"

/// A child that writes, acknowledges and dies, and the question that is asked of what it left.
namespace vigie::storage::test {

/// One fact over many families; `n` makes it another.
inline Completion fact(int n) {
  const auto name = std::to_string(n);
  auto c = completion(visit("http://a.example/" + name, n), {first_sight(ad("site-a/" + name, "words of " + name, "+331990000" + std::to_string(10 + n % 90)), at(n))});
  c.discovered = {visit("http://a.example/more/" + name, n + 1000)};
  c.alerts = {alert("k" + name, n)};
  c.host.emplace();
  c.host->set_host("a.example");
  c.host->set_next_allowed_ms(n);
  c.log.emplace_back();
  c.log.back().set_operation("collection");
  c.log.back().set_object("site-a/" + name);
  return c;
}

/// Runs `work` in a child that writes one byte per acknowledged step into a pipe and never leaves in order.
/// Returns how many steps were acknowledged. `kill_after`: SIGKILL once so many bytes have come.
inline int run_child(const std::function<void(int pipe)>& work, std::optional<int> kill_after) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    work(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  int acknowledged = 0;
  char byte = 0;
  while (::read(ends[0], &byte, 1) == 1) {
    ++acknowledged;
    if (kill_after && acknowledged == *kill_after) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  return acknowledged;
}

inline void acknowledge(int pipe) {
  const char byte = 'x';
  if (::write(pipe, &byte, 1) != 1) ::_exit(1);
}

inline void check_whole(Store& store, int acknowledged) {
  const auto faults = store.check();
  REQUIRE(faults);
  for (const auto& fault : *faults) FAIL_CHECK(fault);
  int present = 0;
  for (int n = 0; n < acknowledged + 2; ++n) {
    const auto name = std::to_string(n);
    const bool there = store.visit("http://a.example/" + name)->has_value();
    CAPTURE(n);
    if (n < acknowledged) CHECK(there);
    // Whole or not at all.
    CHECK(store.ad("site-a/" + name)->has_value() == there);
    CHECK(store.alert("k" + name)->has_value() == there);
    CHECK(store.versions("site-a/" + name)->empty() != there);
    CHECK(store.visit("http://a.example/more/" + name)->has_value() == there);
    present += there ? 1 : 0;
  }
  CHECK(present <= acknowledged + 1);
}

}  // namespace vigie::storage::test
