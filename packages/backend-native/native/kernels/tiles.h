// The inner kernel of `gemm.h` on AMX: tiles of 16 rows of 64 bytes, and an instruction that adds
// the product of two of them, in pairs of bf16 numbers, to a third.
//
//                                 4, 5: weight   16 pairs of channels × 16 outputs, twice
//      6, 7: pixels × pairs       0 … 3: sums    of 32 pixels × 32 outputs, or 64 × 16
//
// Pixels of a tile mostly are neighbours in a copy and are loaded from there; where they are not,
// they are gathered first. Machines without AMX run the same code on arrays.

#ifdef VIDTOK_TILES
#ifndef __AMX_BF16__
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
  static constexpr int kTileRows = 32;
  // In L2: a tile of sums costs more to put away than a few of them in registers.
  static constexpr int64_t kPanel = 16384;

  // Tiles are set up for as long as this lives.
  class Setup {
   public:
#ifdef __AMX_BF16__
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

// How far apart 16 rows are, in bytes; 0 where it is not the same from row to row.
static int64_t strideOf(const float* const* rows) {
  const int64_t step = rows[1] - rows[0];
  int64_t differs = 0;
  for (int r = 2; r < 16; r++) differs |= (rows[r] - rows[r - 1]) ^ step;
  return differs ? 0 : step * 4;
}

// The instructions take the number of a tile as a literal.
template <int tile>
VIDTOK_INLINE void loadTile(const float* from, int64_t stride) {
  if constexpr (tile == 0) _tile_loadd(0, from, stride);
  if constexpr (tile == 1) _tile_loadd(1, from, stride);
  if constexpr (tile == 2) _tile_loadd(2, from, stride);
  if constexpr (tile == 3) _tile_loadd(3, from, stride);
  if constexpr (tile == 6) _tile_loadd(6, from, stride);
  if constexpr (tile == 7) _tile_loadd(7, from, stride);
}
template <int tile>
VIDTOK_INLINE void storeTile(float* to, int64_t stride) {
  if constexpr (tile == 0) _tile_stored(0, to, stride);
  if constexpr (tile == 1) _tile_stored(1, to, stride);
  if constexpr (tile == 2) _tile_stored(2, to, stride);
  if constexpr (tile == 3) _tile_stored(3, to, stride);
}

// A tile of 16 rows, from word `word` of each; what lies unevenly is gathered first.
template <int tile>
VIDTOK_INLINE void loadRows(const float* const* rows, int64_t stride, int64_t word,
                            float* gathered) {
  if (stride) {
    loadTile<tile>(rows[0] + word, stride);
    return;
  }
  settle(gathered);
  for (int r = 0; r < 16; r++) __builtin_memcpy(gathered + r * 16, rows[r] + word, 64);
  settle(gathered);
  loadTile<tile>(gathered, 64);
}

template <int tile>
VIDTOK_INLINE void storeRows(float* const* rows, int64_t stride, int64_t word, float* gathered) {
  if (stride) {
    storeTile<tile>(rows[0] + word, stride);
    return;
  }
  storeTile<tile>(gathered, 64);
  settle(gathered);
  for (int r = 0; r < 16; r++) __builtin_memcpy(rows[r] + word, gathered + r * 16, 64);
}

// What `tileKernel` does, for R pixels and V vectors of outputs. Sums begin as the bias, every row of
// a tile the same, or as what rows hold.
template <int R, int V, class Tap>
static void tilesKernel(const Tap* taps, int tapCount, const float* panel, int64_t c, int64_t count,
                        const float* start, float* const* to) {
  static_assert(R * V == 64 && W == 16, "four tiles of sums");
  constexpr int64_t pitch = V * W * 4;
  alignas(64) float gathered[16 * 16];
  // Sums 1 and 2 are of the same pixels as sums 0 and 3 where there are two vectors of outputs.
  constexpr int pixels1 = V == 2 ? 0 : 16, pixels2 = V == 2 ? 16 : 32, pixels3 = V == 2 ? 16 : 48;
  constexpr int right = V == 2 ? W : 0;
  int64_t strides[4];
  for (int i = 0; i < R / 16; i++) strides[i] = strideOf(to + i * 16);
  const int64_t s0 = strides[0], s1 = strides[pixels1 / 16], s2 = strides[pixels2 / 16],
                s3 = strides[pixels3 / 16];
  settle(panel);
  if (start) {
    settle(start);
    _tile_loadd(0, start, 0);
    _tile_loadd(1, start + right, 0);
    _tile_loadd(2, start, 0);
    _tile_loadd(3, start + right, 0);
  } else {
    loadRows<0>(to, s0, 0, gathered);
    loadRows<1>(to + pixels1, s1, right, gathered);
    loadRows<2>(to + pixels2, s2, 0, gathered);
    loadRows<3>(to + pixels3, s3, right, gathered);
  }
  for (int t = 0; t < tapCount; t++) {
    const Tap& tap = taps[t];
    const float* w = panel + tap.weight * count * (V * W);
    for (int64_t k = 0; k < count; k += 16, w += 16 * V * W) {
      _tile_loadd(4, w, pitch);
      loadRows<6>(tap.rows, tap.stride[0], c + k, gathered);
      _tile_dpbf16ps(0, 6, 4);
      if constexpr (V == 2) {
        _tile_loadd(5, w + W, pitch);
        _tile_dpbf16ps(1, 6, 5);
        loadRows<7>(tap.rows + 16, tap.stride[1], c + k, gathered);
        _tile_dpbf16ps(2, 7, 4);
        _tile_dpbf16ps(3, 7, 5);
      } else {
        loadRows<7>(tap.rows + 16, tap.stride[1], c + k, gathered);
        _tile_dpbf16ps(1, 7, 4);
        loadRows<6>(tap.rows + 32, tap.stride[2], c + k, gathered);
        _tile_dpbf16ps(2, 6, 4);
        loadRows<7>(tap.rows + 48, tap.stride[3], c + k, gathered);
        _tile_dpbf16ps(3, 7, 4);
      }
    }
  }
  storeRows<0>(to, s0, 0, gathered);
  storeRows<1>(to + pixels1, s1, right, gathered);
  storeRows<2>(to + pixels2, s2, 0, gathered);
  storeRows<3>(to + pixels3, s3, right, gathered);
  settle(to);
}
#endif

#ifdef VIDTOK_TILES
constexpr int kMostRows = Tiles::kTileRows;
#else
constexpr int kMostRows = kRows;
#endif

// Whether two bf16 numbers take the time of one float.
#if defined(VIDTOK_TILES) || defined(VIDTOK_PAIRS)
constexpr bool kHasPairs = true;
#else
constexpr bool kHasPairs = false;
#endif

// Calls `body` with the words of products of such operands.
template <class F>
VIDTOK_INLINE auto withWords(Format operands, F body) {
#if defined(VIDTOK_TILES)
  if (operands == Format::bf16) return body(Tiles());
#elif defined(VIDTOK_PAIRS)
  if (operands == Format::bf16) return body(Pairs());
#endif
  return body(Floats());
}
