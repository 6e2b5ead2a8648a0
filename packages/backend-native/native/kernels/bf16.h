// Numbers stored as bf16, the upper half of a float, or rounded to it; between memory and memory
// they are floats. Products of two such floats are exact, so f32 kernels compute on them what bf16
// is to compute.
//
//   stored    operands    a reader gives
//   f32       f32         Plain     the number
//   f32       bf16        Rounding  the nearest bf16 number, of two equally near ones the even
//   bf16      any         Widening  the number

typedef uint16_t vh __attribute__((vector_size(W * 2)));
typedef uint16_t vhUnaligned __attribute__((vector_size(W * 2), aligned(2), may_alias));

VIDTOK_INLINE vf load(const Bf16* p) {
  const vh half = *reinterpret_cast<const vhUnaligned*>(p);
  return reinterpret_cast<vf>(__builtin_convertvector(half, vu) << 16);
}

VIDTOK_INLINE vf loadPart(const Bf16* p, int n) {
  Bf16 some[W] = {};
  __builtin_memcpy(some, p, size_t(n) * 2);
  return load(some);
}

// In the upper halves; the lower ones are 0.
VIDTOK_INLINE vu roundedBits(vf x) {
  const vu bits = reinterpret_cast<vu>(x);
  const vu rounded = bits + 0x7fff + (bits >> 16 & 1), quiet = bits | 0x400000;
  const vu isNan = reinterpret_cast<vu>(x != x);
  return ((isNan & quiet) | (~isNan & rounded)) & 0xffff0000;
}
VIDTOK_INLINE vf rounded(vf x) { return reinterpret_cast<vf>(roundedBits(x)); }
VIDTOK_INLINE void store(Bf16* p, vf x) {
#ifdef __AVX512BF16__
  // Subnormal numbers become 0, as they do in products.
  *reinterpret_cast<vhUnaligned*>(p) = (vh)_mm512_cvtneps_pbh(x);
#else
  *reinterpret_cast<vhUnaligned*>(p) = __builtin_convertvector(roundedBits(x) >> 16, vh);
#endif
}

VIDTOK_INLINE uint32_t roundedBits(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return (x != x ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
}
VIDTOK_INLINE void storePart(Bf16* p, vf x, int n) {
  const vh half = __builtin_convertvector(roundedBits(x) >> 16, vh);
  __builtin_memcpy(p, &half, size_t(n) * 2);
}
VIDTOK_INLINE float number(float x) { return x; }
VIDTOK_INLINE float number(Bf16 x) { return toFloat(x); }

struct Plain {
  typedef float Stored;
  VIDTOK_INLINE float one(float x) { return x; }
  VIDTOK_INLINE vf many(const float* p) { return load(p); }
};
struct Rounding {
  typedef float Stored;
  VIDTOK_INLINE float one(float x) {
    const uint32_t bits = roundedBits(x);
    float result;
    __builtin_memcpy(&result, &bits, 4);
    return result;
  }
  VIDTOK_INLINE vf many(const float* p) { return rounded(load(p)); }
};
struct Widening {
  typedef Bf16 Stored;
  VIDTOK_INLINE float one(Bf16 x) { return number(x); }
  VIDTOK_INLINE vf many(const Bf16* p) { return load(p); }
};

// Calls `body` with a number of the format that storages of `format` hold.
template <class F>
static void withStored(Format format, F body) {
  if (format == Format::f32)
    body(float());
  else
    body(Bf16());
}

// Calls `body` with the reader for an operand.
template <class F>
VIDTOK_INLINE void withReader(Format stored, Format operands, F body) {
  if (stored == Format::bf16)
    body(Widening());
  else if (operands == Format::bf16)
    body(Rounding());
  else
    body(Plain());
}

template <class Reader>
VIDTOK_INLINE void readNumbers(const typename Reader::Stored* from, int64_t n, float* to) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(to + i, Reader::many(from + i));
  for (; i < n; i++) to[i] = Reader::one(from[i]);
}

// The bits of W numbers, of which `n` count and the others are 0.
template <class Reader>
VIDTOK_INLINE vu bitsOf(const typename Reader::Stored* from, int64_t n) {
  if (n >= W) return reinterpret_cast<vu>(Reader::many(from));
  typename Reader::Stored some[W] = {};
  for (int64_t i = 0; i < n; i++) some[i] = from[i];
  return reinterpret_cast<vu>(Reader::many(some));
}

VIDTOK_INLINE void writeRounded(const float* from, int64_t n, Bf16* to) {
  int64_t i = 0;
  for (; i + W <= n; i += W) store(to + i, load(from + i));
  for (; i < n; i++) to[i] = Bf16{uint16_t(roundedBits(from[i]) >> 16)};
}
