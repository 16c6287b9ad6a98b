#pragma once

#include <string_view>

/// Word data that travels inside the program, so that a worker without files can read (cmake/lexicon.cmake).
namespace vigie::parser {

std::string_view embedded_lexicon();  // conf/lexicon/*.tsv joined: lexicon.h says the format
std::string_view embedded_ngrams();   // conf/lexicon/ngrams.bin: language.cpp
std::string_view embedded_places();   // conf/lexicon/places.bin: place.cpp

}  // namespace vigie::parser
