#define VIDTOK_NAME "avx512bf16"
#define VIDTOK_KERNELS avx512bf16Kernels
// A multiply-add of 16 pairs of bf16 numbers. 32 registers: 12 × 2 sums, 2 weight vectors, 1
// broadcast, as measured on AMD's cores.
#define VIDTOK_WIDTH 16
#define VIDTOK_SUMS 24
#define VIDTOK_VECTORS 2
#define VIDTOK_PANEL 8192
#define VIDTOK_PAIRS
#include "kernels/all.h"
