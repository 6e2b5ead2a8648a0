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
// image is a pointer to zeros. Where inputs are not the words that are multiplied, rows are copies that
// a chunk makes of one channel block at a time. Sums of results in bf16 rest in the thread's own memory.
//
// Up to kDots outputs would leave most of a vector empty. They are sums along channels instead: R
// rows and the weights of each output are read by vectors of channels, whose sums are added up across
// at the end; the panel is [tap][output][channel] then.
//
// Channels are cut into blocks so that one block of the weight stays in the L1 cache while a chunk
// of tiles passes over it; between blocks the sums rest in the output, which is still in L2. Each
// block's sum begins at 0 and is added to that: several short sums round off less than one long one.
// Every output adds its terms in the same order, whatever the tile or thread.

constexpr int kTiles = 16;  // tiles of a chunk
constexpr int kDots = 4;    // outputs that are sums along channels, at most
constexpr int kDotRows = 4;

// Where the parts of a packed weight lie. "Channels" are words of channels in this file, see
// `words.h`.
struct Packing {
  int64_t outputs, taps, channels;
  int vectors;            // 1 where all outputs fit into one vector, 0 where they are few
  int64_t width, blocks;  // outputs of a block, blocks
  int64_t step;           // channels of a channel block

  Packing(int64_t outputs, int64_t taps, int64_t channels, int64_t panel, int64_t unit)
      : outputs(outputs), taps(taps), channels(channels) {
    vectors = outputs <= W ? 1 : kVectors;
    if (outputs > 0 && outputs <= kDots && channels > 0 && channels % W == 0) vectors = 0;
    if (vectors == 0) unit = W;
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

template <class Words>
static Packing packingOf(int64_t outputs, int64_t taps, int64_t channels) {
  const int64_t words = ceilDiv(channels, Words::kChannels * Words::kUnit) * Words::kUnit;
  return Packing(outputs, taps, words, Words::kPanel, most(8, Words::kUnit));
}

struct Tap {
  int64_t weight;  // which tap of the packed weight
#ifdef VIDTOK_TILES
  int64_t pitch[kMostRows * kVectors / 16];  // of each 16 rows, in bytes; see `tiles.h`
#endif
  const float* rows[kMostRows * kVectors];
};

// Rows of a tile: a narrow one (one vector wide, or less) is twice as tall.
template <class Words>
constexpr int tileRows(int vectors) {
  return vectors < kVectors ? Words::kTileRows * kVectors : Words::kTileRows;
}

// Adds `count` channels from `c` of all taps of a tile to `start` (the bias, the same for all rows)
// or, if that is null, to what `to` holds.
template <class Words, int R, int V>
static void tileKernel(const Tap* taps, int tapCount, const float* panel, int64_t c, int64_t count,
                       const float* start, float* const* to) {
  vf sum[R][V] = {};
  for (int t = 0; t < tapCount; t++) {
    const float* w = panel + taps[t].weight * count * (V * W);
    const float* x[R];
#pragma GCC unroll 24
    for (int r = 0; r < R; r++) x[r] = taps[t].rows[r] + c;
    for (int64_t k = 0; k < count; k++) {
      typename Words::Vector wide[V];
#pragma GCC unroll 2
      for (int v = 0; v < V; v++) wide[v] = Words::loadOf(w + v * W);
      w += V * W;
#pragma GCC unroll 24
      for (int r = 0; r < R; r++) {
        const auto one = Words::splatOf(x[r] + k);
#pragma GCC unroll 2
        for (int v = 0; v < V; v++) sum[r][v] = Words::multiplyAdd(sum[r][v], one, wide[v]);
      }
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++)
      store(to[r] + v * W, load((start ? start : to[r]) + v * W) + sum[r][v]);
  }
}

// What `tileKernel` does, for O outputs by vectors of channels.
template <class Words, int R, int O>
static void dotsKernel(const Tap* taps, int tapCount, const float* panel, int64_t c, int64_t count,
                       const float* start, float* const* to) {
  static_assert(R % kDotRows == 0, "whole groups of rows");
  for (int first = 0; first < R; first += kDotRows) {
    vf sum[kDotRows][O] = {};
    for (int t = 0; t < tapCount; t++) {
      const float* w = panel + taps[t].weight * count * O;
      const float* x[kDotRows];
#pragma GCC unroll 4
      for (int r = 0; r < kDotRows; r++) x[r] = taps[t].rows[first + r] + c;
      for (int64_t k = 0; k < count; k += W) {
        typename Words::Vector weight[O];
#pragma GCC unroll 4
        for (int o = 0; o < O; o++) weight[o] = Words::loadOf(w + o * count + k);
#pragma GCC unroll 4
        for (int r = 0; r < kDotRows; r++) {
          const auto wide = Words::loadOf(x[r] + k);
#pragma GCC unroll 4
          for (int o = 0; o < O; o++) sum[r][o] = Words::multiplyAdd(sum[r][o], wide, weight[o]);
        }
      }
    }
    for (int r = 0; r < kDotRows; r++) {
      float* row = to[first + r];
      for (int o = 0; o < O; o++) row[o] = (start ? start[o] : row[o]) + lanesSum(sum[r][o]);
    }
  }
}

// An inner kernel for R rows and as many outputs as are named.
template <class WordsOf, int R, int V>
struct Wide {
  typedef WordsOf Words;
  static constexpr int kRows = R, kWidth = V * W;
  VIDTOK_INLINE void run(const Tap* taps, int tapCount, const float* panel, int64_t c,
                         int64_t count, const float* start, float* const* to) {
#ifdef VIDTOK_TILES
    if constexpr (Words::kUnit == 16)
      return tilesKernel<R, V>(taps, tapCount, panel, c, count, start, to);
#endif
    tileKernel<Words, R, V>(taps, tapCount, panel, c, count, start, to);
  }
};
template <class WordsOf, int R, int O>
struct Dots {
  typedef WordsOf Words;
  static constexpr int kRows = R, kWidth = O;
  VIDTOK_INLINE void run(const Tap* taps, int tapCount, const float* panel, int64_t c,
                         int64_t count, const float* start, float* const* to) {
    dotsKernel<Words, R, O>(taps, tapCount, panel, c, count, start, to);
  }
};

constexpr int kChunkRows = kTiles * kMostRows * kVectors;  // at most

// One chunk of tiles, ready to be multiplied with any block of outputs.
struct Chunk {
  int tiles;
  int taps[kTiles];        // that any row of the tile has
  Tap* tap;                // [kTiles][all taps]
  int64_t at[kChunkRows];  // the element where each row's outputs begin; −1 past the end
  int64_t residual[kChunkRows];  // the same of what a convolution blends with them
};

// A part of the blocks of outputs.
struct Part {
  int64_t first, last;

  Part(const Packing& packing, int64_t part, int64_t parts)
      : first(packing.blocks * part / parts), last(packing.blocks * (part + 1) / parts) {}
};

// `rows` are where each row's sums begin; null for rows that do not count. `hasRoom`: rows may be
// written up to the end of their last block. Without a bias the products are added to what rows
// hold. `place` is called for a channel block and says where its first channel is in the taps' rows.
template <class Kernel, class Place>
static void multiplyBlocks(const Packing& packing, const Chunk& chunk, const Part& part,
                           const float* packed, const float* bias, float* const* allRows,
                           bool hasRoom, const Place& place) {
  constexpr int R = Kernel::kRows, width = Kernel::kWidth;
  float spare[R * width];
  for (int64_t c = 0; c < most<int64_t>(1, packing.channels); c += packing.step) {
    const int64_t count = packing.stepAt(c), at = place(c, count);
    const bool isSum = c > 0 || !bias;
    for (int64_t block = part.first; block < part.last; block++) {
      const float* panel = packed + packing.at(block, c);
      const int columns =
          hasRoom ? width : int(least<int64_t>(width, packing.outputs - block * width));
      for (int i = 0; i < chunk.tiles; i++) {
        float* const* rows = allRows + i * R;
        float* to[R];
        bool isWhole = columns == width;
        for (int r = 0; r < R; r++) {
          to[r] = rows[r] ? rows[r] + block * width : nullptr;
          isWhole &= rows[r] != nullptr;
        }
        if (!isWhole) {
          for (int r = 0; r < R; r++) {
            to[r] = spare + r * width;
            for (int o = 0; o < width; o++)
              to[r][o] = isSum && rows[r] && o < columns ? rows[r][block * width + o] : 0;
          }
        }
        Kernel::run(chunk.tap + i * packing.taps, chunk.taps[i], panel, at, count,
                    isSum ? nullptr : bias + block * width, to);
        if (!isWhole) {
          for (int r = 0; r < R; r++) {
            for (int o = 0; rows[r] && o < columns; o++) rows[r][block * width + o] = to[r][o];
          }
        }
      }
    }
  }
}

// What tiles want to know of a chunk's rows.
template <class Words>
static void measureRows(const Packing& packing, const Chunk& chunk) {
#ifdef VIDTOK_TILES
  if (Words::kUnit == 1) return;
  for (int i = 0; i < chunk.tiles; i++) {
    for (int t = 0; t < chunk.taps[i]; t++) {
      Tap& tap = chunk.tap[i * packing.taps + t];
      for (int r = 0; r < tileRows<Words>(packing.vectors); r += 16)
        tap.pitch[r / 16] = pitchOf(tap.rows + r);
    }
  }
#else
  (void)packing;
  (void)chunk;
#endif
}

// Floats of a thread's sums, which results in bf16 need.
template <class Words>
static int64_t sumsSize(const Packing& packing, Format result) {
  if (result == Format::f32) return 0;
  return kTiles * tileRows<Words>(packing.vectors) * packing.blocks * packing.width;
}

// Nothing more is to be done to sums than to round them.
struct Unchanged {
  bool isNeeded() const { return false; }
  void operator()(int, int64_t, int64_t, float*) const {}
};

// `finish` is called for the sums of each row.
template <class Words, class Place, class Finish>
static void multiply(const Packing& packing, const Chunk& chunk, const Part& part,
                     const float* packed, const float* bias, Target out, float* sums,
                     const Place& place, const Finish& finish) {
  const bool isDirect = out.format == Format::f32;
  const int count = chunk.tiles * tileRows<Words>(packing.vectors);
  const int64_t pitch = packing.blocks * packing.width;
  float* rows[kChunkRows];
  for (int r = 0; r < count; r++) {
    rows[r] = isDirect ? chunk.at[r] < 0 ? nullptr : out.as<float>() + chunk.at[r]
                       : sums + r * pitch;
  }
  measureRows<Words>(packing, chunk);
  const typename Words::Setup setup;
  constexpr int tall = tileRows<Words>(1);
  const auto run = [&](auto kernel) {
    multiplyBlocks<decltype(kernel)>(packing, chunk, part, packed, bias, rows, !isDirect, place);
  };
  if (packing.vectors == kVectors)
    run(Wide<Words, tileRows<Words>(kVectors), kVectors>());
  else if (packing.vectors == 1)
    run(Wide<Words, tall, 1>());
  else if (packing.outputs == 1)
    run(Dots<Words, tall, 1>());
  else if (packing.outputs == 2)
    run(Dots<Words, tall, 2>());
  else if (packing.outputs == 3)
    run(Dots<Words, tall, 3>());
  else
    run(Dots<Words, tall, kDots>());
  if (isDirect && !finish.isNeeded()) return;
  const int64_t first = part.first * packing.width,
                last = least(part.last * packing.width, packing.outputs);
  for (int r = 0; r < count; r++) {
    if (chunk.at[r] < 0) continue;
    if (finish.isNeeded()) finish(r, first, last - first, rows[r] + first);
    if (!isDirect)
      writeRounded(rows[r] + first, last - first, out.as<Bf16>() + chunk.at[r] + first);
  }
}

// How many parts to cut the blocks of outputs into, so that there are several tasks a thread.
static int64_t partsOfBlocks(const Engine& engine, const Packing& packing, int64_t chunks) {
  return least(packing.blocks, ceilDiv(8 * engine.pool.threads(), chunks));
}
