// The instruction sets that kernels were compiled for, slowest first.
#pragma once
#include <string>
#include <vector>

#include "kernels.h"

namespace vidtok {

struct Isa {
  const Kernels* kernels;
  // Why this machine cannot run it; empty where it can.
  std::string reason;
};

// Found out once. Each has to prove itself with a product in bf16, because some were never run
// where they were written.
const std::vector<Isa>& isas();

}  // namespace vidtok
