#define VIDTOK_NAME "avx512"
#define VIDTOK_KERNELS avx512Kernels
// 32 registers: 12 × 2 sums, 2 weight vectors, broadcasts folded into the multiply-adds; 12 row
// pointers just fit the general registers.
#define VIDTOK_WIDTH 16
#define VIDTOK_ROWS 12
#define VIDTOK_PANEL 8192
#include "kernels/all.h"
