#define VIDTOK_NAME "avx2"
#define VIDTOK_KERNELS avx2Kernels
// 16 registers: 6 × 2 sums, 2 weight vectors, 1 broadcast.
#define VIDTOK_WIDTH 8
#define VIDTOK_SUMS 12
#define VIDTOK_VECTORS 2
#define VIDTOK_PANEL 4096
#include "kernels/all.h"
