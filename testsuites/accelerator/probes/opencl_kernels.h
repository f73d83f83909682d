// SPDX-License-Identifier: Apache-2.0
// The kernels, and the same arithmetic for the CPU that checks them. Integers must agree bit for bit on every device.
// So must the floating point: products of 12-bit operands are exact in single precision and halving is exact, hence
// each step rounds once whether or not the compiler fuses multiply and add.
#pragma once

#include <cstdint>
#include <cstring>

namespace opencl {

inline const char* const kKernels = R"CL(
uint mix_bits(uint x) {
  x ^= x >> 16; x *= 0x7feb352dU;
  x ^= x >> 15; x *= 0x846ca68bU;
  return x ^ (x >> 16);
}
kernel void compute_items(global uint* out, uint seed, uint rounds) {
  uint x = (uint)get_global_id(0) ^ seed;
  ulong y = 0x9e3779b97f4a7c15UL;
  float f = 0.0f;
  for (uint r = 0; r < rounds; ++r) {
    x = mix_bits(x + r);
    y = y * 6364136223846793005UL + x;
    y ^= y >> 29;
    float a = (float)(x & 0xfffU);
    float b = (float)((x >> 12) & 0xfffU) * 0.000244140625f;
    f = f * 0.5f + a * b;
  }
  out[get_global_id(0)] = mix_bits(x ^ (uint)y ^ mix_bits((uint)(y >> 32) + as_uint(f)));
}
kernel void fold_groups(global const uint* in, global uint* out) {
  local uint part[64];
  uint l = (uint)get_local_id(0);
  part[l] = in[get_global_id(0)];
  for (uint stride = (uint)get_local_size(0) / 2; stride > 0; stride /= 2) {
    barrier(CLK_LOCAL_MEM_FENCE);
    uint folded = l < stride ? part[l] * 31U + part[l + stride] : 0U;
    barrier(CLK_LOCAL_MEM_FENCE);
    if (l < stride) part[l] = folded;
  }
  if (l == 0) out[get_group_id(0)] = part[0];
}
kernel void compare_items(global const uint* got, global const uint* expected, global uint* errors) {
  size_t i = get_global_id(0);
  if (got[i] != expected[i]) { atomic_inc(errors); atomic_min(errors + 1, (uint)i); }
}
uint pattern(uint kind, uint seed, uint i) {
  if (kind == 0) return seed;
  uint hashed = mix_bits(i ^ seed);
  return kind == 1 ? hashed : ~hashed;
}
kernel void write_pattern(global uint* memory, uint kind, uint seed) {
  size_t i = get_global_id(0);
  memory[i] = pattern(kind, seed, (uint)i);
}
kernel void verify_pattern(global const uint* memory, uint kind, uint seed, global uint* errors) {
  size_t i = get_global_id(0);
  if (memory[i] != pattern(kind, seed, (uint)i)) { atomic_inc(errors); atomic_min(errors + 1, (uint)i); }
}
kernel void copy_memory(global const uint4* from, global uint4* to) { to[get_global_id(0)] = from[get_global_id(0)]; }
kernel void count_launch(global uint* counter) { counter[0] += 1; }
)CL";

inline std::uint32_t mix_bits(std::uint32_t x) {
  x ^= x >> 16U;
  x *= 0x7feb352dU;
  x ^= x >> 15U;
  x *= 0x846ca68bU;
  return x ^ (x >> 16U);
}

inline std::uint32_t compute_item(std::uint32_t index, std::uint32_t seed, std::uint32_t rounds) {
  std::uint32_t x = index ^ seed;
  std::uint64_t y = 0x9e3779b97f4a7c15;
  float f = 0;
  for (std::uint32_t r = 0; r < rounds; ++r) {
    x = mix_bits(x + r);
    y = y * 6364136223846793005U + x;
    y ^= y >> 29U;
    const auto a = static_cast<float>(x & 0xfffU);
    const float b = static_cast<float>((x >> 12U) & 0xfffU) * 0.000244140625F;
    f = f * 0.5F + a * b;
  }
  std::uint32_t bits = 0;
  std::memcpy(&bits, &f, sizeof bits);
  return mix_bits(x ^ static_cast<std::uint32_t>(y) ^ mix_bits(static_cast<std::uint32_t>(y >> 32U) + bits));
}

}  // namespace opencl
