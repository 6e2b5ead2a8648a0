// The inner kernel that conv and matmul share, and the form their right-hand side is packed into.
//
//                     outputs: V vectors
//                    ┌───────────────┐
//      rows:         │ packed weight │  [block of outputs][channel block][tap][channel][V·W]
//      R pointers    └───────────────┘
//      ┌─────────┐   ┌───────────────┐
//      │ x, read │   │ R × V sums in │  For every tap and channel: load V weight vectors,
//      │ in place│ ▶ │ registers     │  broadcast R inputs, R·V multiply-adds.
//      └─────────┘   └───────────────┘
//
// A row is a pointer per tap, so pixels of a tile need not be neighbours, and a pixel outside the
// image is a pointer to zeros. Where inputs are not the words that are multiplied, rows are copies
// that a chunk makes of one channel block at a time.
//
// Up to kDots outputs would leave most of a vector empty. Where a convolution is not turned round
// for them (`convTurned.h`), and except by tiles, they are sums along channels instead: R rows and
// the weights of each output are read by vectors of channels, whose sums are added up across at the
// end; the panel is [tap][output][channel] then.
//
// Channels are cut into blocks so that one block of the weight stays in the L1 cache while a chunk
// of tiles passes over it, see `multiply.h`. Each block's sum begins at 0 and is added to that of
// those before: several short sums round off less than one long one. Every output adds its terms in
// the same order, whatever the tile or thread.

constexpr int kTiles = 8 * VIDTOK_VECTORS;  // of a chunk, at most
constexpr int kDots = 4;                    // outputs that are sums along channels, at most

// Vectors of `columns` side by side in a tile: as many as the kernel has, half of them where those
// leave less of the last block empty, one where that holds all.
template <class Words>
static int vectorsOf(int64_t columns) {
  constexpr int all = Words::kVectors, half = most(2, all / 2);
  const auto padded = [&](int vectors) { return ceilDiv(columns, vectors * W) * vectors; };
  return columns <= W ? 1 : padded(half) < padded(all) ? half : all;
}

template <int V>
struct Vectors {
  static constexpr int value = V;
};
// Calls `body` with what `vectorsOf` says, as a type.
template <class Words, class F>
VIDTOK_INLINE auto withVectors(int vectors, F body) {
  constexpr int all = Words::kVectors;
  if (vectors == 1) return body(Vectors<1>());
  if (vectors < all) return body(Vectors<most(2, all / 2)>());
  return body(Vectors<all>());
}

// Rows of a tile of `vectors` side by side (0: less than one).
template <class Words>
constexpr int tileRows(int vectors) {
  return Words::kSums / most(vectors, 1);
}

// Rows of a chunk of tiles, however many those are.
template <class Words>
constexpr int64_t chunkRows() {
  return 8 * Words::kSums;
}

// Where the parts of a packed weight lie. "Channels" are words of channels in this file, see
// `words.h`.
struct Packing {
  int64_t outputs, taps, channels;
  int vectors;            // side by side in a tile, 0 where outputs are few
  int64_t width, blocks;  // outputs of a block, blocks
  int64_t step;           // channels of a channel block

  Packing(int64_t outputs, int64_t taps, int64_t channels, int vectors, int64_t panel, int64_t unit)
      : outputs(outputs), taps(taps), channels(channels), vectors(vectors) {
    unit = vectors ? most<int64_t>(8, unit) : W;
    width = vectors ? vectors * W : outputs;
    blocks = ceilDiv(outputs, width);
    const int64_t fitting = most<int64_t>(16, panel / (width * most<int64_t>(taps, 1)));
    const int64_t parts = most<int64_t>(1, ceilDiv(channels, fitting));
    step = most<int64_t>(1, ceilDiv(ceilDiv(channels, parts), unit) * unit);
  }

  int64_t size() const { return blocks * taps * channels * width; }
  int64_t stepAt(int64_t c) const { return least(step, channels - c); }
  // The panel of a block of outputs and a channel block starting at `c`; taps are `stepAt(c)·width`
  // apart.
  int64_t at(int64_t block, int64_t c) const { return (block * channels + c) * taps * width; }
};

// Words that so many channels take, with zeros behind them.
template <class Words>
static int64_t wordsOf(int64_t channels) {
  return ceilDiv(channels, Words::kChannels * Words::kUnit) * Words::kUnit;
}

template <class Words>
static Packing packingOf(int64_t outputs, int64_t taps, int64_t channels) {
  const int64_t words = wordsOf<Words>(channels);
  const bool isFew = outputs > 0 && outputs <= kDots && words > 0 && words % W == 0;
  const int vectors = isFew && Words::kUnit == 1 ? 0 : vectorsOf<Words>(outputs);
  return Packing(outputs, taps, words, vectors, Words::kPanel, Words::kUnit);
}

struct Tap {
  int64_t weight;  // which tap of the packed weight
#ifdef VIDTOK_TILES
  int64_t pitch[kMostSums / 16];  // of each 16 rows, in bytes; see `tiles.h`
#endif
  const float* rows[kMostSums];
};

// Adds `count` channels from `c` of all taps of a tile to `start` (the bias, the same for all rows)
// or, if that is null, to what `to` holds, where rows are `pitch` apart.
template <class Words, int R, int V>
static void tileKernel(const Tap* taps, int tapCount, const float* panel, int64_t c, int64_t count,
                       const float* start, float* to, int64_t pitch) {
  vf sum[R][V] = {};
  for (int t = 0; t < tapCount; t++) {
    const float* w = panel + taps[t].weight * count * (V * W);
    const float* x[R];
#pragma GCC unroll 24
    for (int r = 0; r < R; r++) x[r] = taps[t].rows[r] + c;
    for (int64_t k = 0; k < count; k++) {
      typename Words::Vector wide[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) wide[v] = Words::loadOf(w + v * W);
      w += V * W;
#pragma GCC unroll 24
      for (int r = 0; r < R; r++) {
        const auto one = Words::splatOf(x[r] + k);
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) sum[r][v] = Words::multiplyAdd(sum[r][v], one, wide[v]);
      }
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      float* const at = to + r * pitch + v * W;
      store(at, load(start ? start + v * W : at) + sum[r][v]);
    }
  }
}

// What `tileKernel` does, for O outputs by vectors of channels.
template <class Words, int R, int O>
static void dotsKernel(const Tap* taps, int tapCount, const float* panel, int64_t c, int64_t count,
                       const float* start, float* to, int64_t pitch) {
  constexpr int rows = R / most(O, 3);  // whose sums fit into registers
  static_assert(R % rows == 0, "whole groups of rows");
  for (int first = 0; first < R; first += rows) {
    vf sum[rows][O] = {};
    for (int t = 0; t < tapCount; t++) {
      const float* w = panel + taps[t].weight * count * O;
      const float* x[rows];
#pragma GCC unroll 12
      for (int r = 0; r < rows; r++) x[r] = taps[t].rows[first + r] + c;
      for (int64_t k = 0; k < count; k += W) {
        typename Words::Vector weight[O];
#pragma GCC unroll 4
        for (int o = 0; o < O; o++) {
          weight[o] = Words::loadOf(w + o * count + k);
          hold(weight[o]);
        }
#pragma GCC unroll 12
        for (int r = 0; r < rows; r++) {
          auto wide = Words::loadOf(x[r] + k);
          hold(wide);
#pragma GCC unroll 4
          for (int o = 0; o < O; o++) sum[r][o] = Words::multiplyAdd(sum[r][o], wide, weight[o]);
        }
      }
    }
    for (int r = 0; r < rows; r++) {
      float* row = to + (first + r) * pitch;
      for (int o = 0; o < O; o++) row[o] = (start ? start[o] : row[o]) + lanesSum(sum[r][o]);
    }
  }
}

// An inner kernel for as many vectors of outputs, or outputs, as are named.
template <class Words, int V>
struct Wide {
  static constexpr int kRows = tileRows<Words>(V), kWidth = V * W;
  VIDTOK_INLINE void run(const Tap* taps, int tapCount, const float* panel, int64_t c,
                         int64_t count, const float* start, float* to, int64_t pitch) {
#ifdef VIDTOK_TILES
    if constexpr (Words::kUnit == 16)
      return tilesKernel<kRows, V>(taps, tapCount, panel, c, count, start, to, pitch);
#endif
    tileKernel<Words, kRows, V>(taps, tapCount, panel, c, count, start, to, pitch);
  }
};
template <class Words, int O>
struct Dots {
  static constexpr int kRows = tileRows<Words>(0), kWidth = O;
  VIDTOK_INLINE void run(const Tap* taps, int tapCount, const float* panel, int64_t c,
                         int64_t count, const float* start, float* to, int64_t pitch) {
    dotsKernel<Words, kRows, O>(taps, tapCount, panel, c, count, start, to, pitch);
  }
};
