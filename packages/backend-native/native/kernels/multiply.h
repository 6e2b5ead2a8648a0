// A chunk of tiles times the blocks of a packed weight.
//
//   for each channel block, block of outputs, tile:
//     inner kernel ──▶ sums, in the output itself or in the thread's own memory
//     after the last channel block: finish each row of the tile, which is still in L1
//
// Sums of results in f32 rest in the output between channel blocks. Those of results in bf16 rest in
// the thread's memory or, where a single channel block makes them, nowhere.

constexpr int kMostRows = 8 * kMostSums;  // of a chunk

// One chunk of tiles, ready to be multiplied with any block of outputs.
struct Chunk {
  int tiles;
  int taps[kTiles];        // that any row of the tile has
  Tap* tap;                // [kTiles][all taps]
  int64_t at[kMostRows];  // the element where each row's outputs begin; −1 past the end
  int64_t residual[kMostRows];  // the same of what a convolution blends with them
};

// A part of the blocks of outputs.
struct Part {
  int64_t first, last;

  Part(const Packing& packing, int64_t part, int64_t parts)
      : first(packing.blocks * part / parts), last(packing.blocks * (part + 1) / parts) {}
};

// Nothing is to be done to sums.
struct Unchanged {
  bool isNeeded() const { return false; }
  void operator()(int, int64_t, int64_t, float*) const {}
};

// Floats from each of a tile's rows to the next, where all are there and as far apart; else 0.
template <int R>
VIDTOK_INLINE int64_t stepOf(float* const* rows) {
  const int64_t step = rows[0] && rows[1] ? rows[1] - rows[0] : 0;
  bool isEven = true;
  for (int r = 1; r < R; r++) isEven &= rows[r] && rows[r] - rows[r - 1] == step;
  return isEven ? step : 0;
}

// `rows` are where each row's sums begin; null for rows whose sums rest nowhere. `hasRoom`: rows may
// be written up to the end of their last block. Without a bias the products are added to what rows
// hold. `place` is called for a channel block and says where its first channel is in the rows of
// taps; `finish` for the sums of each row of a block, once they are complete.
template <class Kernel, class Place, class Finish>
static void multiplyBlocks(const Packing& packing, const Chunk& chunk, const Part& part,
                           const float* packed, const float* bias, float* const* allRows,
                           bool hasRoom, const Place& place, const Finish& finish) {
  constexpr int R = Kernel::kRows, width = Kernel::kWidth;
  alignas(64) float spare[R * width];
  int64_t steps[kTiles];
  for (int i = 0; i < chunk.tiles; i++) steps[i] = stepOf<R>(allRows + i * R);
  const int64_t channels = most<int64_t>(1, packing.channels);
  for (int64_t c = 0; c < channels; c += packing.step) {
    const int64_t count = packing.stepAt(c), at = place(c, count);
    const bool isSum = c > 0 || !bias, isLast = c + packing.step >= channels;
    for (int64_t block = part.first; block < part.last; block++) {
      const float* panel = packed + packing.at(block, c);
      const int64_t first = block * width;
      const int columns = int(least<int64_t>(width, packing.outputs - first));
      const bool isWhole = hasRoom || columns == width;
      for (int i = 0; i < chunk.tiles; i++) {
        float* const* rows = allRows + i * R;
        const bool isInPlace = isWhole && steps[i];
        float* const to = isInPlace ? rows[0] + first : spare;
        const int64_t pitch = isInPlace ? steps[i] : width;
        if (isSum && !isInPlace) {
          for (int r = 0; r < R; r++)
            for (int o = 0; o < width; o++)
              spare[r * width + o] = rows[r] && o < columns ? rows[r][first + o] : 0;
        }
        Kernel::run(chunk.tap + i * packing.taps, chunk.taps[i], panel, at, count,
                    isSum ? nullptr : bias + first, to, pitch);
        if (isLast && finish.isNeeded()) {
          // A whole block is a few vectors where the compiler sees how many.
          if (columns == width)
            for (int r = 0; r < R; r++) finish(i * R + r, first, width, to + r * pitch);
          else
            for (int r = 0; r < R; r++) finish(i * R + r, first, columns, to + r * pitch);
        }
        if (!isInPlace) {
          for (int r = 0; r < R; r++)
            for (int o = 0; rows[r] && o < columns; o++) rows[r][first + o] = spare[r * width + o];
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

// Floats of a thread's sums, which results in bf16 need if several channel blocks make them.
template <class Words>
static int64_t sumsSize(const Packing& packing, Format result) {
  if (result == Format::f32 || packing.step >= packing.channels) return 0;
  return chunkRows<Words>() * packing.blocks * packing.width;
}

// Finishes the sums of outputs [first, first + n) of a row, and rounds them to what `out` holds.
template <class Finish>
struct Finished {
  const Chunk& chunk;
  Target out;
  const Finish& finish;

  bool isNeeded() const { return out.format == Format::bf16 || finish.isNeeded(); }
  VIDTOK_INLINE_METHOD void operator()(int row, int64_t first, int64_t n, float* sums) const {
    if (chunk.at[row] < 0) return;
    if (finish.isNeeded()) finish(row, first, n, sums);
    if (out.format == Format::bf16)
      writeRounded(sums, n, out.as<Bf16>() + chunk.at[row] + first);
  }
};

// Calls `body` with the inner kernel for a packed weight.
template <class Words, class F>
VIDTOK_INLINE void withKernel(const Packing& packing, F body) {
  if (packing.vectors)
    return withVectors<Words>(packing.vectors,
                              [&](auto vectors) { body(Wide<Words, vectors.value>()); });
  if constexpr (Words::kUnit == 1) {
    if (packing.outputs == 1) return body(Dots<Words, 1>());
    if (packing.outputs == 2) return body(Dots<Words, 2>());
    if (packing.outputs == 3) return body(Dots<Words, 3>());
    body(Dots<Words, kDots>());
  }
}

// `finish` is called for the sums of a row before they are rounded; `sums` is the thread's memory.
template <class Words, class Place, class Finish>
static void multiply(const Packing& packing, const Chunk& chunk, const Part& part,
                     const float* packed, const float* bias, Target out, float* sums,
                     const Place& place, const Finish& finish) {
  const bool isDirect = out.format == Format::f32, isHeld = sumsSize<Words>(packing, out.format);
  const int64_t pitch = packing.blocks * packing.width;
  float* rows[kMostRows];
  for (int r = 0; r < chunk.tiles * tileRows<Words>(packing.vectors); r++) {
    float* const direct = isDirect && chunk.at[r] >= 0 ? out.as<float>() + chunk.at[r] : nullptr;
    rows[r] = isHeld ? sums + r * pitch : direct;
  }
  measureRows<Words>(packing, chunk);
  const typename Words::Setup setup;
  withKernel<Words>(packing, [&](auto kernel) {
    multiplyBlocks<decltype(kernel)>(packing, chunk, part, packed, bias, rows, !isDirect, place,
                                     Finished<Finish>{chunk, out, finish});
  });
}

// How many parts to cut the blocks of outputs into, so that there are several tasks a thread.
static int64_t partsOfBlocks(const Engine& engine, const Packing& packing, int64_t chunks) {
  return least(packing.blocks, ceilDiv(8 * engine.pool.threads(), chunks));
}
