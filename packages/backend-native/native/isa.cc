#include "isa.h"

#include <cmath>
#if defined(__x86_64__)
#include <cpuid.h>
#endif
#ifdef VIDTOK_HAS_AMX
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace vidtok {

namespace {

// A matrix with rows of `columns` numbers in [-1, 1).
View matrix(std::vector<float>& data, int64_t rows, int64_t columns) {
  uint32_t state = 1;
  for (int64_t i = 0; i < rows * columns; i++) {
    state = state * 1664525 + 1013904223;
    data.push_back(float(int32_t(state)) / 2147483648.0f);
  }
  return {data.data(),
          Format::f32,
          3,
          {{1, rows * columns, 0, 1}, {rows, columns, 0, rows}, {columns, 1, 0, columns}}};
}

// Whether a product in bf16 comes out as on the portable kernels; more than one tile each way, and
// none of them full.
std::string checked(const Kernels& kernels) {
  constexpr int64_t rows = 71, inner = 93, columns = 43;
  std::vector<float> left, right;
  const View a = matrix(left, rows, inner), b = matrix(right, inner, columns);
  Pool pool(1);
  Allocator memory;
  Engine engine{pool, memory};
  std::vector<float> expected(rows * columns), actual(rows * columns);
  portableKernels.matmul(engine, a, b, Format::bf16, {expected.data(), Format::f32});
  kernels.matmul(engine, a, b, Format::bf16, {actual.data(), Format::f32});
  for (size_t i = 0; i < expected.size(); i++) {
    if (std::fabs(actual[i] - expected[i]) < 1e-4f) continue;
    return std::string(kernels.name) + " multiplies wrongly on this machine: " +
           std::to_string(actual[i]) + " came instead of " + std::to_string(expected[i]);
  }
  return "";
}

#if defined(__x86_64__)
// A bit of what CPUID tells of leaf 7.
bool hasFeature(unsigned subleaf, bool isEax, int bit) {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (!__get_cpuid_count(7, subleaf, &eax, &ebx, &ecx, &edx)) return false;
  return ((isEax ? eax : edx) >> bit & 1) != 0;
}

#ifdef VIDTOK_HAS_AMX
// Tiles are state that Linux saves only for processes that asked for it.
bool allowsTiles() {
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#endif
#endif

std::vector<Isa> find() {
  std::vector<Isa> all{{&portableKernels, ""}};
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const bool bf16 = avx512 && hasFeature(1, true, 5);
  all.push_back({&avx2Kernels, avx2 ? checked(avx2Kernels) : "this CPU has no AVX2 with FMA"});
  all.push_back({&avx512Kernels,
                 avx512 ? checked(avx512Kernels) : "this CPU has no AVX-512 (F, BW, DQ, VL)"});
  all.push_back({&avx512bf16Kernels,
                 bf16 ? checked(avx512bf16Kernels) : "this CPU has no AVX-512 with BF16"});
#ifdef VIDTOK_HAS_AMX
  const bool amx = bf16 && hasFeature(0, false, 22) && hasFeature(0, false, 24);
  all.push_back({&amxKernels, !amx             ? "this CPU has no AMX with BF16"
                              : !allowsTiles() ? "the system lets no program use AMX"
                                               : checked(amxKernels)});
#endif
#endif
  return all;
}

}  // namespace

const std::vector<Isa>& isas() {
  static const std::vector<Isa> all = find();
  return all;
}

}  // namespace vidtok
