#pragma once

#include <string>
#include <string_view>
#include <vector>

/// What the address of a picture says of the picture itself. Pure; pictures are not fetched.
namespace vigie::storage {

/// Hex digits of a name that was computed from the picture: a file name with a run of exactly 32, 40 or 64 hex digits of
/// which some are letters and some are not; lower case. Empty: the address only says where the picture stands.
std::string hash_in_address(std::string_view url);

/// Has the form of a perceptual hash (64 digits), by which like pictures are near. A SHA-256 has it too and is near to
/// nothing but itself.
bool compares(std::string_view hash);

/// Bits in which two hashes of 64 digits differ.
int bits_apart(std::string_view a, std::string_view b);

/// Like pictures are at most so many of 256 bits apart. Source: ../shared/data/ads-linkage, and PDQ's own advice.
constexpr int kMostBitsApart = 31;

/// Index rows by which a hash of 64 digits is found, one for each of its 16 slots of 16 bits; the hash stands at their end.
std::vector<std::string> picture_rows(std::string_view hash);

/// Where to look for hashes near to this one, in byte order: of two at most 31 bits apart one slot differs by no more than
/// one bit, so each slot and its one-bit neighbours find every such pair.
std::vector<std::string> picture_prefixes(std::string_view hash);

}  // namespace vigie::storage
