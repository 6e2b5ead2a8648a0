// The inner kernel of `convWeight.h` on AMX: 32 outputs × 32 channels of one tap, over pairs of
// pixels, 16 of them at a time.
//
//                                     4, 5: x     16 pairs of pixels × 16 channels, twice
//      6, 7: dy  16 outputs × pairs   0 … 3: sums 32 outputs × 32 channels
//
// A packed line of dy is [output tile][block of 16 pairs][2][16 outputs][16 pairs], tiles as they
// are loaded; x is as `convWeight.h` packs it, so that a tap is another place to begin. Lines are as
// long as whole blocks: what follows the last pixel is 0.

#ifdef VIDTOK_TILES
// A line of dy, of which `count` outputs from `line` on count and pixels inside `axis`.
template <class Reader>
static void packSlopeTiles(const typename Reader::Stored* line, const Axis& axis, int64_t count,
                           int64_t pixels, float* to) {
  for (int64_t first = 0; first < pixels; first += kBlockPixels) {
    for (int64_t half = 0; half < 2; half++, to += 256) {
      const int64_t n = count - 16 * half;
      const auto at = [&](int64_t p) {
        return bitsOf<Reader>(line + p * axis.stride + 16 * half, inside(axis, p) ? n : 0);
      };
      vu rows[W];
      for (int64_t i = 0; i < 16; i++)
        rows[i] = at(first + 2 * i) >> 16 | at(first + 2 * i + 1);
      transposeWords(rows);
      for (int64_t i = 0; i < 16; i++) store(to + 16 * i, reinterpret_cast<vf>(rows[i]));
    }
  }
}

// Adds lines of `pairs` pairs of pixels, which are `step` words apart in x.
static void outerTiles(const LinePair* lines, int lineCount, int64_t dyOffset, int64_t xOffset,
                       int64_t step, int64_t pairs, float* sums) {
  constexpr int64_t width = 32, pitch = width * 4;
  settle(sums);
  _tile_loadd(0, sums, pitch);
  _tile_loadd(1, sums + W, pitch);
  _tile_loadd(2, sums + 16 * width, pitch);
  _tile_loadd(3, sums + 16 * width + W, pitch);
  for (int line = 0; line < lineCount; line++) {
    const float* dy = lines[line].dy + dyOffset;
    const float* x = lines[line].x + xOffset;
    for (int64_t p = 0; p < pairs; p += 16, dy += 512, x += 16 * step) {
      _tile_loadd(4, x, step * 4);
      _tile_loadd(6, dy, 64);
      _tile_loadd(5, x + W, step * 4);
      _tile_loadd(7, dy + 256, 64);
      _tile_dpbf16ps(0, 6, 4);
      _tile_dpbf16ps(1, 6, 5);
      _tile_dpbf16ps(2, 7, 4);
      _tile_dpbf16ps(3, 7, 5);
    }
  }
  _tile_stored(0, sums, pitch);
  _tile_stored(1, sums + W, pitch);
  _tile_stored(2, sums + 16 * width, pitch);
  _tile_stored(3, sums + 16 * width + W, pitch);
  settle(sums);
}
#endif
