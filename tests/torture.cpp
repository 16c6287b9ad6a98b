// Preloaded into the program by tests/torture_test.py: the memory request number TORTURE_AT fails, and with TORTURE_ALL every
// one after it. Without TORTURE_AT the requests are counted and printed at the end, so that a run knows how many there are.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long> requests{0};

long wanted() {
  static const long at = [] {
    const char* text = std::getenv("TORTURE_AT");
    return text ? std::atol(text) : -1;
  }();
  return at;
}
bool all_after() {
  static const bool all = std::getenv("TORTURE_ALL") != nullptr;
  return all;
}

void* request(std::size_t size) {
  const long number = ++requests;
  const long at = wanted();
  if (at >= 0 && (number == at || (all_after() && number > at))) throw std::bad_alloc();
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

struct Report {
  ~Report() {
    if (wanted() < 0) std::fprintf(stderr, "memory requests: %ld\n", requests.load());
  }
} report;

}  // namespace

void* operator new(std::size_t size) { return request(size); }
void* operator new[](std::size_t size) { return request(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
