#include "isa.h"

namespace vidtok {

std::vector<Isa> isas() {
  std::vector<Isa> all{{&portableKernels, ""}};
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  all.push_back({&avx2Kernels, avx2 ? "" : "this CPU has no AVX2 with FMA"});
  all.push_back({&avx512Kernels, avx512 ? "" : "this CPU has no AVX-512 (F, BW, DQ, VL)"});
#endif
  return all;
}

}  // namespace vidtok
