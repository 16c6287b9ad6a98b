#include "core/result.h"

namespace vigie {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::misconfigured: return "misconfigured";
    case Errc::unreachable: return "unreachable";
    case Errc::timed_out: return "timed_out";
    case Errc::refused: return "refused";
    case Errc::too_large: return "too_large";
    case Errc::malformed: return "malformed";
    case Errc::not_found: return "not_found";
    case Errc::storage: return "storage";
    case Errc::full: return "full";
    case Errc::fenced: return "fenced";
    case Errc::conflict: return "conflict";
    case Errc::corrupt: return "corrupt";
    case Errc::cancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace vigie
