#define VIDTOK_NAME "portable"
#define VIDTOK_KERNELS portableKernels
#if defined(__aarch64__)
// NEON, 32 registers: 12 × 2 sums, 2 weight vectors, broadcasts.
#define VIDTOK_WIDTH 4
#define VIDTOK_ROWS 12
#define VIDTOK_PANEL 4096
#else
// The shapes of AVX-512 on whatever there is, with bf16 in pairs: slow, and so a test of that path
// on machines that lack it.
#define VIDTOK_PAIRS
#define VIDTOK_WIDTH 16
#define VIDTOK_ROWS 12
#define VIDTOK_PANEL 8192
#endif
#include "kernels/all.h"
