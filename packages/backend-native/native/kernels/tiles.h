// The inner kernel of `gemm.h` on AMX: tiles of 16 rows of 64 bytes, and an instruction that adds
// the product of two of them, in pairs of bf16 numbers, to a third.
//
//                                 4, 5: weight   16 pairs of channels × 16 outputs, twice
//      6, 7: pixels × pairs       0 … 3: sums    of 32 pixels × 32 outputs
//
// For 64 pixels × 16 outputs, 4 is the weight and 5, 6, 7 are pixels.
//
// Pixels of a tile mostly are as far from each other as their neighbours, and are loaded from where
// they are; where they are not, they are gathered first. Machines without AMX run the same code on arrays.

#ifdef VIDTOK_TILES
#ifndef VIDTOK_HARDWARE_TILES
struct TileRegisters {
  uint32_t word[8][16][16];
};
static thread_local TileRegisters tileRegisters;

static void _tile_zero(int to) { __builtin_memset(tileRegisters.word[to], 0, 1024); }
static void _tile_loadd(int to, const float* from, int64_t stride) {
  for (int r = 0; r < 16; r++)
    __builtin_memcpy(tileRegisters.word[to][r], reinterpret_cast<const char*>(from) + r * stride,
                     64);
}
static void _tile_stored(int from, float* to, int64_t stride) {
  for (int r = 0; r < 16; r++)
    __builtin_memcpy(reinterpret_cast<char*>(to) + r * stride, tileRegisters.word[from][r], 64);
}
static void _tile_dpbf16ps(int to, int a, int b) {
  const auto& word = tileRegisters.word;
  for (int m = 0; m < 16; m++) {
    vf sum = load(reinterpret_cast<const float*>(word[to][m]));
    for (int k = 0; k < 16; k++) {
      const float* one = reinterpret_cast<const float*>(&word[a][m][k]);
      const float* wide = reinterpret_cast<const float*>(word[b][k]);
      sum = Pairs::multiplyAdd(sum, Pairs::splatOf(one), Pairs::loadOf(wide));
    }
    store(reinterpret_cast<float*>(tileRegisters.word[to][m]), sum);
  }
}
#endif

// The compiler does not see which memory tile instructions read and write; `p` is part of it.
VIDTOK_INLINE void settle(const void* p) { asm volatile("" : : "r"(p) : "memory"); }

struct Tiles : Pairs {
  static constexpr int kUnit = 16;
  static constexpr int kSums = 64, kVectors = 2;
  // In L2: a tile of sums costs more to put away than a few of them in registers.
  static constexpr int64_t kPanel = 32768;

  // Tiles are set up for as long as this lives.
  class Setup {
   public:
#ifdef VIDTOK_HARDWARE_TILES
    Setup() {
      struct alignas(64) {
        uint8_t palette = 1, startRow = 0, reserved[14] = {};
        uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
        uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
      } config;
      settle(&config);
      _tile_loadconfig(&config);
    }
    ~Setup() { _tile_release(); }
#else
    Setup() {}
#endif
  };
};

// Bytes from each of 16 rows to the next, where all are as far apart; else 0.
static int64_t pitchOf(const float* const* rows) {
  const int64_t step = rows[1] - rows[0];
  bool isEven = true;
  for (int r = 2; r < 16; r++) isEven &= rows[r] - rows[r - 1] == step;
  return isEven ? step * 4 : 0;
}

// The rows of a tile in memory, where they are or gathered.
struct TileRows {
  const float* const* rows;
  const int64_t pitch;
  const int64_t stride;
  float* gathered;

  TileRows(const float* const* rows, int64_t pitch, float* gathered)
      : rows(rows), pitch(pitch), stride(pitch ? pitch : 64), gathered(gathered) {}

  VIDTOK_INLINE_METHOD const float* at(int64_t word) const {
    if (pitch) return rows[0] + word;
    settle(gathered);
    for (int r = 0; r < 16; r++) __builtin_memcpy(gathered + r * 16, rows[r] + word, 64);
    settle(gathered);
    return gathered;
  }
};

// Fetches a quarter of the weights of 16 words, which L1 has no room for, two steps ahead.
template <int V>
VIDTOK_INLINE void fetchAhead(const float* w, int quarter) {
#pragma GCC unroll 8
  for (int i = 0; i < 4 * V; i++)
    __builtin_prefetch(w + (2 * 16 * V + quarter * 4 * V + i) * W);
}

// What `tileKernel` does, for R pixels and V vectors of outputs. Loads go before the products of a
// step: while one of them waits for its weights, products of the step before go on.
template <int R, int V, class Tap>
static void tilesKernel(const Tap* taps, int tapCount, const float* panel, int64_t c, int64_t count,
                        const float* start, float* to, int64_t pitch) {
  static_assert(R * V == 64 && W == 16, "four tiles of sums");
  constexpr int64_t panelPitch = V * W * 4;
  alignas(64) float gathered[4][16 * 16];
  float* const right = to + (V == 2 ? W : 16 * pitch);
  float* const below = to + (V == 2 ? 16 : 32) * pitch;
  float* const last = right + (V == 2 ? 16 : 32) * pitch;
  settle(to);
  if (start) {
    _tile_loadd(0, start, 0);
    _tile_loadd(1, start + (V == 2 ? W : 0), 0);
    _tile_loadd(2, start, 0);
    _tile_loadd(3, start + (V == 2 ? W : 0), 0);
  } else {
    _tile_loadd(0, to, pitch * 4);
    _tile_loadd(1, right, pitch * 4);
    _tile_loadd(2, below, pitch * 4);
    _tile_loadd(3, last, pitch * 4);
  }
  for (int t = 0; t < tapCount; t++) {
    const auto& [weight, pitches, rows] = taps[t];
    const TileRows first(rows, pitches[0], gathered[0]), second(rows + 16, pitches[1], gathered[1]);
    const float* w = panel + weight * count * (V * W);
    for (int64_t k = 0; k < count; k += 16, w += 16 * V * W) {
      _tile_loadd(4, w, panelPitch);
      _tile_loadd(6, first.at(c + k), first.stride);
      if constexpr (V == 2) {
        _tile_loadd(5, w + W, panelPitch);
        _tile_loadd(7, second.at(c + k), second.stride);
        fetchAhead<V>(w, 0);
        _tile_dpbf16ps(0, 6, 4);
        fetchAhead<V>(w, 1);
        _tile_dpbf16ps(1, 6, 5);
        fetchAhead<V>(w, 2);
        _tile_dpbf16ps(2, 7, 4);
        fetchAhead<V>(w, 3);
        _tile_dpbf16ps(3, 7, 5);
      } else {
        const TileRows third(rows + 32, pitches[2], gathered[2]),
            fourth(rows + 48, pitches[3], gathered[3]);
        _tile_loadd(7, second.at(c + k), second.stride);
        _tile_loadd(5, third.at(c + k), third.stride);
        _tile_dpbf16ps(0, 6, 4);
        _tile_loadd(6, fourth.at(c + k), fourth.stride);
        _tile_dpbf16ps(1, 7, 4);
        _tile_dpbf16ps(2, 5, 4);
        _tile_dpbf16ps(3, 6, 4);
      }
    }
  }
  _tile_stored(0, to, pitch * 4);
  _tile_stored(1, right, pitch * 4);
  _tile_stored(2, below, pitch * 4);
  _tile_stored(3, last, pitch * 4);
  settle(to);
}
#endif

#ifdef VIDTOK_TILES
constexpr int kMostSums = Tiles::kSums;
#else
constexpr int kMostSums = Floats::kSums;
#endif

// Whether two bf16 numbers take the time of one float.
#if defined(VIDTOK_TILES) || defined(VIDTOK_PAIRS)
constexpr bool kHasPairs = true;
#else
constexpr bool kHasPairs = false;
#endif

// Calls `body` with the words of products of such operands.
template <class F>
VIDTOK_INLINE auto withWords([[maybe_unused]] Format operands, F body) {
#if defined(VIDTOK_TILES)
  if (operands == Format::bf16) return body(Tiles());
#elif defined(VIDTOK_PAIRS)
  if (operands == Format::bf16) return body(Pairs());
#endif
  return body(Floats());
}
