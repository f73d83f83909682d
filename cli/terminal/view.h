// SPDX-License-Identifier: Apache-2.0
// What a person sees of a run: finished steps line by line, and on a terminal below them the running ones with elapsed
// and expected time. Plain lines when standard error is no terminal.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/base/diagnostic.h"
#include "engine/run/events.h"

namespace assay::cli {

struct ViewOptions {
  bool redraw = false;  // standard error is a terminal
  Colour colour = Colour::kNever;
  std::size_t width = 80;
};

// `expected_s`: seconds each step took in an earlier run, by id.
std::unique_ptr<run::Observer> make_view(const ViewOptions& options, std::map<std::string, double> expected_s,
                                         const Clock& clock);

// Columns of the terminal behind `fd`, 80 when it does not tell.
std::size_t terminal_width(int fd);

}  // namespace assay::cli
