// Every kernel, compiled once per instruction set: the including file names the set and says how
// wide its vectors are (VIDTOK_WIDTH floats), how many vectors of sums fit into its registers
// (VIDTOK_SUMS), how many of them stand side by side (VIDTOK_VECTORS), and how many floats of packed
// weight should stay in L1 (VIDTOK_PANEL).
#include <cstddef>
#include <cstdint>
#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "../checked.h"
#include "../kernels.h"

namespace vidtok {
namespace {
#include "vector.h"
#include "math.h"
#include "bf16.h"
#include "walk.h"
#include "formula.h"
#include "map.h"
#include "reduce.h"
#include "words.h"
#include "layerNorm.h"
#include "layerNormGradient.h"
#include "transpose.h"
#include "tiles.h"
#include "gemm.h"
#include "multiply.h"
#include "packWeight.h"
#include "matmul.h"
#include "convPhase.h"
#include "convCopies.h"
#include "conv.h"
#include "convPatches.h"
#include "convRuns.h"
#include "convTurned.h"
#include "packWinograd.h"
#include "winograd.h"
#include "weightPlan.h"
#include "weightTiles.h"
#include "convWeight.h"
#include "weightMethods.h"
#include "winogradWeight.h"
#include "convKernel.h"
#include "peak.h"
}  // namespace

extern const Kernels VIDTOK_KERNELS = {VIDTOK_NAME,
                                       mapKernel,
                                       mapAllKernel,
                                       reduceKernel,
                                       matmulKernel,
                                       convMethod,
                                       packedSize,
                                       packKernel,
                                       paddedOutputs,
                                       convKernel,
                                       convWeightKernel,
                                       layerNormKernel,
                                       layerNormGradientsKernel,
                                       multiplyAdds};

}  // namespace vidtok
