// SPDX-License-Identifier: Apache-2.0
// What the vendors' tools say about accelerator cards. Each function takes the text that a tool printed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/hardware/record.h"

namespace assay::hardware {

struct Card {
  std::string address;  // "0000:3b:00.0", or the tool's own name of the card where it gives no address
  Record record;        // members of accelerators[]
};

// `nvidia-smi -q -x`
Result<std::vector<Card>> parse_nvidia_smi(std::string_view xml);
struct ProbeContext;
class Root;
// Whether the machine has a card of NVIDIA or its driver; the tool is slow and not asked for nothing.
bool has_nvidia(const Root& root);
Result<std::vector<Card>> ask_nvidia_smi(const ProbeContext& context);
// `rocm-smi -a --json`
Result<std::vector<Card>> parse_rocm_smi(std::string_view json);

struct OpenClFacts {
  std::vector<Record> platforms;  // members of opencl.platforms[]
  std::vector<Record> devices;    // members of opencl.devices[]
};
// `clinfo --raw`. (`clinfo --json` writes keys twice in one object, so strict readers refuse it.)
Result<OpenClFacts> parse_clinfo(std::string_view text);

}  // namespace assay::hardware
