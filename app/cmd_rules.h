#pragma once

#include "app/arguments.h"

namespace vigie::app {

/// Off a terminal, or where it was asked for.
bool wants_json(const Arguments& arguments);
/// `vigie rules report`: what came of alerts, by rule.
int report_rules(const Arguments& arguments);
/// `vigie rules reassess`: what the last change of rules did to stored ads; without a daemon, does it first.
int reassess_rules(const Arguments& arguments);

}  // namespace vigie::app
