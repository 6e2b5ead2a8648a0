#define VIDTOK_NAME "avx512"
#define VIDTOK_KERNELS avx512Kernels
// 32 registers: 6 × 4 sums, 4 weight vectors, 1 broadcast: 10 loads for 24 multiply-adds, where
// 12 × 2 sums need 14, which Intel's cores cannot hide.
#define VIDTOK_WIDTH 16
#define VIDTOK_SUMS 24
#define VIDTOK_VECTORS 4
#define VIDTOK_PANEL 8192
#include "kernels/all.h"
