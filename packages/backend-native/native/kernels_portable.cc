#define VIDTOK_KERNELS portableKernels
#ifdef __wasm__
#define VIDTOK_NAME "wasm"
#else
#define VIDTOK_NAME "portable"
#endif
#if defined(__aarch64__)
// NEON, 32 registers: 12 × 2 sums, 2 weight vectors, broadcasts.
#define VIDTOK_WIDTH 4
#define VIDTOK_SUMS 24
#define VIDTOK_VECTORS 2
#define VIDTOK_PANEL 4096
#elif defined(__wasm__)
// 4 × 2 sums: engines spill registers to memory with more.
#define VIDTOK_WIDTH 4
#define VIDTOK_SUMS 8
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
