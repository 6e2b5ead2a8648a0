#define VIDTOK_NAME "avx512bf16"
#define VIDTOK_KERNELS avx512bf16Kernels
// As AVX-512, and a multiply-add of 16 pairs of bf16 numbers.
#define VIDTOK_WIDTH 16
#define VIDTOK_ROWS 12
#define VIDTOK_PANEL 8192
#define VIDTOK_PAIRS
#include "kernels/all.h"
