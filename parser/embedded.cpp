#include "parser/embedded.h"

#include <cstddef>

// The assembler takes the files as they are; a compiler would need minutes for an array of this size.
#define VIGIE_EMBED(name, path)                                                    \
  asm(".section .rodata\n.balign 16\n.hidden vigie_" #name "_begin\n.hidden vigie_" #name "_end\n"       \
      ".globl vigie_" #name "_begin\nvigie_" #name "_begin:\n.incbin \"" path "\"\n"                      \
      ".globl vigie_" #name "_end\nvigie_" #name "_end:\n.byte 0\n.previous\n");                          \
  extern "C" const char vigie_##name##_begin[];                                    \
  extern "C" const char vigie_##name##_end[];

VIGIE_EMBED(lexicon, VIGIE_LEXICON_JOINED)
VIGIE_EMBED(ngrams, VIGIE_LEXICON_DIR "/ngrams.bin")
VIGIE_EMBED(places, VIGIE_LEXICON_DIR "/places.bin")

namespace vigie::parser {

std::string_view embedded_lexicon() {
  return {vigie_lexicon_begin, static_cast<std::size_t>(vigie_lexicon_end - vigie_lexicon_begin)};
}
std::string_view embedded_ngrams() {
  return {vigie_ngrams_begin, static_cast<std::size_t>(vigie_ngrams_end - vigie_ngrams_begin)};
}
std::string_view embedded_places() {
  return {vigie_places_begin, static_cast<std::size_t>(vigie_places_end - vigie_places_begin)};
}

}  // namespace vigie::parser
