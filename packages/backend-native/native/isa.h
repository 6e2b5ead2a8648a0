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

std::vector<Isa> isas();

}  // namespace vidtok
