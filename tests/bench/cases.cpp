// SPDX-License-Identifier: Apache-2.0
#include "bench/cases.h"

namespace assay::bench {
namespace {

constexpr const char* kHead =
    "apiVersion: assay/v1\n"
    "kind: Recipe\n"
    "metadata: { name: bench, version: 1.0.0, summary: A recipe of a given size }\n"
    "params:\n"
    "  duration: { type: duration, default: 20s, help: Length of each step }\n"
    "  share: { type: int, default: 20, help: Per cent of the available memory to use }\n"
    "  least: { type: size, default: 512 MiB, help: The least memory that is acceptable }\n"
    "steps:\n";

// Four steps that hang together, the first of them with this number.
std::string four_steps(std::size_t number) {
  const auto id = [&](std::size_t i) { return "step_" + std::to_string(number + i); };
  const std::string round = std::to_string(number / 4 + 1);
  return "  - id: " + id(0) +
         "\n"
         "    name: Load the memory, round " +
         round +
         "\n"
         "    if: facts.memory.total >= quantity(\"1 GiB\") && params.share < 90\n"
         "    run: [stress-ng, --vm, \"2\", --vm-bytes, \"${{ params.share }}%\", --verify, --timeout, 20s]\n"
         "    timeout: 30m\n"
         "    artifacts: [\"*.yaml\"]\n"
         "  - id: " +
         id(1) +
         "\n"
         "    name: Count what was done, round " +
         round +
         "\n"
         "    run: [grep, -c, operations, round-" +
         round +
         ".log]\n"
         "    timeout: 90s\n"
         "    outputs:\n"
         "      operations: int(stdout.trim())\n"
         "    ensure: outputs.operations > 0\n"
         "  - id: " +
         id(2) +
         "\n"
         "    name: Compare with the round before, round " +
         round +
         "\n"
         "    if: facts.memory.available > params.least\n"
         "    run: [echo, --operations, \"${{ steps." +
         id(1) + ".outputs.operations }}\", --round, \"" + round +
         "\"]\n"
         "    env: { LC_ALL: C, TZ: UTC }\n"
         "  - id: " +
         id(3) +
         "\n"
         "    name: Say how it went, round " +
         round +
         "\n"
         "    needs: [" +
         id(0) + ", " + id(2) +
         "]\n"
         "    if: always()\n"
         "    run: [echo, \"${{ steps." +
         id(0) +
         ".verdict }}\"]\n"
         "    timeout: 5s\n";
}

std::string numbers(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += (i > 0 ? ", " : "") + std::to_string(i);
  return out;
}

}  // namespace

std::string long_recipe(std::size_t steps) {
  std::string out = kHead;
  for (std::size_t i = 0; i < steps; i += 4) out += four_steps(i);
  return out;
}

std::string matrix_recipe(std::size_t thousands) {
  return std::string(kHead) +
         "  - id: copy\n"
         "    name: Copy with one combination\n"
         "    if: matrix.size >= 0 && params.share < 90\n"
         "    matrix:\n"
         "      method: [flip, walk-0a, walk-1d, zero-one, read64, gray, incdec, modulo-x, prime-gray-0, rowhammer]\n"
         "      size: [" +
         numbers(100) +
         "]\n"
         "      device: [" +
         numbers(thousands) +
         "]\n"
         "    run: [stress-ng, --vm-method, \"${{ matrix.method }}\", --vm-bytes, \"${{ matrix.size }}m\"]\n"
         "    timeout: 5m\n"
         "  - id: report\n"
         "    run: [echo, done]\n";
}

}  // namespace assay::bench
