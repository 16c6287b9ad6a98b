# Word data of the parser, put into the program: conf/lexicon/*.tsv joined to one text, and the compact files beside it.
# A new language is a new .tsv file there; `.incbin` because a C array of this size takes the compiler minutes.
file(GLOB lexicon_texts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/conf/lexicon/*.tsv)
set(lexicon_joined ${VIGIE_GENERATED}/parser/lexicon.tsv)
file(MAKE_DIRECTORY ${VIGIE_GENERATED}/parser)
add_custom_command(
  OUTPUT ${lexicon_joined}
  COMMAND ${CMAKE_COMMAND} -E cat ${lexicon_texts} > ${lexicon_joined}
  DEPENDS ${lexicon_texts})
# The one file that embeds them; what else the parser is made of does not depend on where this folder stands.
set_source_files_properties(${CMAKE_SOURCE_DIR}/parser/embedded.cpp PROPERTIES
  COMPILE_DEFINITIONS "VIGIE_LEXICON_JOINED=\"${lexicon_joined}\";VIGIE_LEXICON_DIR=\"${CMAKE_SOURCE_DIR}/conf/lexicon\""
  OBJECT_DEPENDS "${lexicon_joined};${CMAKE_SOURCE_DIR}/conf/lexicon/places.bin;${CMAKE_SOURCE_DIR}/conf/lexicon/ngrams.bin")
