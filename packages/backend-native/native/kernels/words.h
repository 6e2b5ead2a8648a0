// What the words of 4 bytes in the rows and packed weights of `gemm.h` are: floats, or pairs of the
// bf16 numbers of two neighbouring channels, which some machines multiply and add at once. An odd
// last channel is paired with 0.
//
//   operands f32   Floats
//   operands bf16  Tiles (of pairs, see `tiles.h`) or Pairs where the machine has them, else Floats
//                  that were rounded

typedef uint32_t word __attribute__((may_alias));
typedef uint32_t vuUnaligned __attribute__((vector_size(W * 4), aligned(4), may_alias));

struct Floats {
  static constexpr int kChannels = 1;              // of a word
  static constexpr int kUnit = 1;                  // words that the inner kernel takes at once
  static constexpr int kSums = VIDTOK_SUMS;        // vectors of a tile
  static constexpr int kVectors = VIDTOK_VECTORS;  // of them side by side, where outputs fill them
  static constexpr int64_t kPanel = VIDTOK_PANEL;  // words of a weight block that stays in cache
  struct Setup {
    Setup() {}
  };
  typedef vf Vector;

  VIDTOK_INLINE vf splatOf(const float* p) { return splat(*p); }
  VIDTOK_INLINE vf loadOf(const float* p) { return load(p); }
  VIDTOK_INLINE vf multiplyAdd(vf sum, vf one, vf wide) { return sum + one * wide; }

  // The word at channel `c` of `channels`, which are `stride` apart.
  template <class Reader>
  VIDTOK_INLINE void pack(const typename Reader::Stored* from, int64_t stride, int64_t c, int64_t,
                          float* to) {
    *to = Reader::one(from[c * stride]);
  }
  // The same of W outputs side by side.
  template <class Reader>
  VIDTOK_INLINE vu packMany(const typename Reader::Stored* from, int64_t stride, int64_t c,
                            int64_t) {
    return reinterpret_cast<vu>(Reader::many(from + c * stride));
  }
  // The words at channels c, …, c + W − 1 of one output, which are side by side.
  template <class Reader>
  VIDTOK_INLINE vu packRow(const typename Reader::Stored* from, int64_t c) {
    return reinterpret_cast<vu>(Reader::many(from + c));
  }
  template <class Reader>
  VIDTOK_INLINE void read(const typename Reader::Stored* from, int64_t channels, float* to,
                          int64_t) {
    readNumbers<Reader>(from, channels, to);
  }
};

struct Pairs {
  static constexpr int kChannels = 2;
  static constexpr int kUnit = 1;
  static constexpr int kSums = VIDTOK_SUMS, kVectors = VIDTOK_VECTORS;
  static constexpr int64_t kPanel = VIDTOK_PANEL;
  typedef Floats::Setup Setup;
  typedef vu Vector;

  VIDTOK_INLINE vu splatOf(const float* p) { return *reinterpret_cast<const word*>(p) + vu{}; }
  VIDTOK_INLINE vu loadOf(const float* p) { return *reinterpret_cast<const vuUnaligned*>(p); }
  VIDTOK_INLINE vf multiplyAdd(vf sum, vu one, vu wide) {
#ifdef __AVX512BF16__
    return _mm512_dpbf16_ps(sum, (__m512bh)one, (__m512bh)wide);
#else
    const vu upper = splatBits(0xffff0000);
    sum += reinterpret_cast<vf>(one & upper) * reinterpret_cast<vf>(wide & upper);
    return sum + reinterpret_cast<vf>(one << 16) * reinterpret_cast<vf>(wide << 16);
#endif
  }

  template <class Reader>
  VIDTOK_INLINE void pack(const typename Reader::Stored* from, int64_t stride, int64_t c,
                          int64_t channels, float* to) {
    const auto at = [&](int64_t c) {
      return c < channels ? roundedBits(Reader::one(from[c * stride])) : 0;
    };
    *reinterpret_cast<word*>(to) = at(c) >> 16 | at(c + 1);
  }
  template <class Reader>
  VIDTOK_INLINE vu packMany(const typename Reader::Stored* from, int64_t stride, int64_t c,
                            int64_t channels) {
    const vu lower = roundedBits(Reader::many(from + c * stride)) >> 16;
    return c + 1 < channels ? lower | roundedBits(Reader::many(from + (c + 1) * stride)) : lower;
  }
  template <class Reader>
  VIDTOK_INLINE vu packRow(const typename Reader::Stored* from, int64_t c) {
    vu words;
    if constexpr (sizeof(typename Reader::Stored) == 2) {
      __builtin_memcpy(&words, from + c, sizeof words);
    } else {
      Bf16* const numbers = reinterpret_cast<Bf16*>(&words);
      store(numbers, Reader::many(from + c));
      store(numbers + W, Reader::many(from + c + W));
    }
    return words;
  }
  template <class Reader>
  VIDTOK_INLINE void read(const typename Reader::Stored* from, int64_t channels, float* to,
                          int64_t words) {
    Bf16* numbers = reinterpret_cast<Bf16*>(to);
    copyRounded(from, channels, numbers);
    for (int64_t i = channels; i < 2 * words; i++) numbers[i] = Bf16{0};
  }

 private:
  VIDTOK_INLINE vu splatBits(uint32_t bits) { return bits + vu{}; }
  VIDTOK_INLINE void copyRounded(const float* from, int64_t n, Bf16* to) {
    writeRounded(from, n, to);
  }
  VIDTOK_INLINE void copyRounded(const Bf16* from, int64_t n, Bf16* to) {
    __builtin_memcpy(to, from, size_t(n) * 2);
  }
};
