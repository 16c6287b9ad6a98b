#pragma once

#include <cstddef>
#include <numeric>
#include <vector>

namespace vigie::storage {

/// Groups that grow together (union-find).
class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) {
    a = find(a);
    b = find(b);
    parent_[a < b ? b : a] = a < b ? a : b;  // the least member names the group
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace vigie::storage
