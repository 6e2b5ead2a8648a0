// Vectors of VIDTOK_WIDTH floats through the compiler's own vector types: one source for every
// instruction set, narrower registers included (the compiler splits what the machine does not
// have). Included inside the namespace of one instruction set.

constexpr int W = VIDTOK_WIDTH;

typedef float vf __attribute__((vector_size(W * 4)));
typedef int32_t vi __attribute__((vector_size(W * 4)));
typedef uint32_t vu __attribute__((vector_size(W * 4)));
typedef float vfUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));

#define VIDTOK_INLINE_METHOD inline __attribute__((always_inline))
#define VIDTOK_INLINE static VIDTOK_INLINE_METHOD

VIDTOK_INLINE vf load(const float* p) { return *reinterpret_cast<const vfUnaligned*>(p); }
VIDTOK_INLINE void store(float* p, vf v) { *reinterpret_cast<vfUnaligned*>(p) = v; }
VIDTOK_INLINE vf splat(float x) { return x - vf{}; }
VIDTOK_INLINE vi bits(vf v) { return reinterpret_cast<vi>(v); }
VIDTOK_INLINE vf floats(vi v) { return reinterpret_cast<vf>(v); }
VIDTOK_INLINE vf select(vi mask, vf a, vf b) {
  return floats((mask & bits(a)) | (~mask & bits(b)));
}

// Leaves a vector in a register, where the compiler would load it again for every use.
template <class V>
VIDTOK_INLINE void hold(V& v) {
#ifdef __AVX2__
  asm("" : "+v"(v));
#else
  (void)v;
#endif
}

// The first `n` < W floats; the rest reads as 0.
VIDTOK_INLINE vf loadPart(const float* p, int n) {
  vf v{};
  __builtin_memcpy(&v, p, size_t(n) * 4);
  return v;
}
VIDTOK_INLINE void storePart(float* p, vf v, int n) { __builtin_memcpy(p, &v, size_t(n) * 4); }

// Plain templates, not the standard library's: an inline function compiled for AVX-512 must not
// become the one that everybody links to.
template <class T>
VIDTOK_INLINE constexpr T least(T a, T b) {
  return a < b ? a : b;
}
template <class T>
VIDTOK_INLINE constexpr T most(T a, T b) {
  return a > b ? a : b;
}
VIDTOK_INLINE int64_t clamped(int64_t x, int64_t low, int64_t high) {
  return most(low, least(x, high));
}
VIDTOK_INLINE int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Runs `body(task, thread)` for every task on the pool.
template <class F>
static void parallel(Pool& pool, int64_t count, const F& body) {
  pool.run(
      count,
      [](void* context, int64_t task, int thread) {
        (*static_cast<const F*>(context))(task, thread);
      },
      const_cast<F*>(&body));
}
