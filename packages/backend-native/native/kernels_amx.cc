#define VIDTOK_NAME "amx"
#define VIDTOK_KERNELS amxKernels
// As AVX-512, and tiles of bf16 numbers.
#define VIDTOK_WIDTH 16
#define VIDTOK_SUMS 24
#define VIDTOK_VECTORS 4
#define VIDTOK_PANEL 8192
#define VIDTOK_TILES
#define VIDTOK_HARDWARE_TILES
#include "kernels/all.h"
