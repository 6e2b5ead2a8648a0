#define VIDTOK_NAME "portable"
#define VIDTOK_KERNELS portableKernels
#if defined(__aarch64__)
// NEON, 32 registers: 12 × 2 sums, 2 weight vectors, broadcasts.
#define VIDTOK_WIDTH 4
#define VIDTOK_SUMS 24
#define VIDTOK_VECTORS 2
#define VIDTOK_PANEL 4096
#else
// The shapes of AVX-512 on whatever there is, for bf16 of AMX: slow, and so a test of those
// paths on machines that lack them.
#define VIDTOK_TILES
#define VIDTOK_WIDTH 16
#define VIDTOK_SUMS 24
#define VIDTOK_VECTORS 4
#define VIDTOK_PANEL 8192
#endif
#include "kernels/all.h"
