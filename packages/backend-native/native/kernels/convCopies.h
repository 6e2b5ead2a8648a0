// Copies of the input for `conv.h`, where numbers are not the words that the kernel multiplies: of
// every line that a chunk's pixels meet the pixels they reach, one channel block at a time.
//
//   output   ├─────── line ───────┤        a stretch: lines of one frame, of which a chunk has several,
//            ├─────── line ───────┤        or a part of one line
//
//   copy     ├┴────── line ───────┴┤       [kt][line][pixel][channel of the block]
//            ├┴────── line ───────┴┤
//            …                             as many more as taps reach over

// Output pixels of a chunk, and where what they reach is copied to.
struct Stretch {
  int64_t image, t, h;    // of the first line of the output
  int64_t lines;          // of the input
  int64_t first, pixels;  // of each line of the input
  int64_t at;             // in the copies for one temporal tap, in pixels
};

// A chunk's copies; `data` is null where rows point into the input itself.
struct Copies {
  float* data;
  int64_t span, pitch;  // pixels of the copies for a temporal tap, floats of a pixel
  bool isGrouped;       // whether stretches are of whole lines
  int count = 0;
  Stretch stretch[kMostRows];

  // For chunks of `rows` pixels.
  static bool groups(const Phase& phase, int64_t rows) { return 2 * phase.axis[2].count <= rows; }
  // Pixels that the copies for a temporal tap take at most.
  static int64_t longest(const Phase& phase, int64_t rows) {
    const auto& [t, h, w] = phase.axis;
    const int64_t reach = phase.reach(w), around = phase.reach(h);
    // Chunks begin anywhere.
    if (!groups(phase, rows))
      return (rows * w.step + (ceilDiv(rows, w.count) + 1) * reach) * around;
    const int64_t lines = ceilDiv(rows, w.count) + 1, frames = ceilDiv(lines, h.count) + 1;
    return (lines * h.step + frames * around) * ((w.count - 1) * w.step + reach);
  }
};

// Takes output pixels [index[3], index[3] + count) of a line into the copies: where the pixels begin
// that the first tap of the first of them reads, of the first temporal tap.
static const float* copyOf(const Phase& phase, const int64_t* index, int64_t count,
                           Copies& copies) {
  const auto& [t, h, w] = phase.axis;
  const int64_t from = copies.isGrouped ? 0 : index[3], n = copies.isGrouped ? w.count : count;
  const int64_t first = (w.taps ? w.from[0] : 0) + from * w.step;
  Stretch* last = copies.count ? &copies.stretch[copies.count - 1] : nullptr;
  const bool goesOn = last && copies.isGrouped && last->image == index[0] && last->t == index[1];
  if (goesOn) {
    last->lines = (index[2] - last->h) * h.step + phase.reach(h);
  } else {
    const int64_t at = last ? last->at + last->lines * last->pixels : 0;
    last = &copies.stretch[copies.count++];
    const int64_t pixels = (n - 1) * w.step + phase.reach(w);
    *last = {index[0], index[1], index[2], phase.reach(h), first, pixels, at};
  }
  const int64_t line = (index[2] - last->h) * h.step, pixel = (index[3] - from) * w.step;
  return copies.data + (last->at + line * last->pixels + pixel) * copies.pitch;
}

// Fetches n numbers that are read some pixels later: the channels of a block lie in pieces, which
// processors do not foresee.
constexpr int64_t kPixelsAhead = 16;
template <class T>
VIDTOK_INLINE void fetchPiece(const T* p, int64_t n) {
  for (int64_t i = 0; i < n; i += 64 / int64_t(sizeof(T))) __builtin_prefetch(p + i);
}

// Reads `count` words of channels from word `c` of all stretches; outside the image they are 0.
template <class Words>
static void copyStretches(const Phase& phase, const Copies& copies, int64_t c, int64_t count) {
  const auto& [t, h, w] = phase.axis;
  const int64_t first = c * Words::kChannels;
  const int64_t numbers = least(count * Words::kChannels, phase.job.x.axes[4].size - first);
  for (int i = 0; i < copies.count; i++) {
    const Stretch& s = copies.stretch[i];
    for (int64_t k = 0; k < t.taps * s.lines; k++) {
      const int64_t kt = k / s.lines, l = k % s.lines;
      const Frame frame = frameOf(phase.job, s.image, t.from[kt] + s.t * t.step);
      const View& x = frame.view ? *frame.view : phase.job.x;
      const Axis& line = x.axes[3];
      const int64_t ih = (h.taps ? h.from[0] : 0) + s.h * h.step + l;
      const bool isLine = frame.view && inside(x.axes[2], ih);
      float* to = copies.data + (kt * copies.span + s.at + l * s.pixels) * copies.pitch;
      // Pixels [lo, hi) of the stretch are in the image.
      const int64_t lo = isLine ? least(s.pixels, most<int64_t>(0, line.lo - s.first)) : s.pixels;
      const int64_t hi = most(lo, least(s.pixels, line.hi - s.first));
      __builtin_memset(to, 0, size_t(lo * copies.pitch) * 4);
      __builtin_memset(to + hi * copies.pitch, 0, size_t((s.pixels - hi) * copies.pitch) * 4);
      // Pixels that touch each other here and there are read as one.
      const bool isRun = line.stride == numbers && copies.pitch * Words::kChannels == numbers;
      const int64_t together = isRun ? most<int64_t>(1, hi - lo) : 1;
      const int64_t start = elementAt(x, s.image, frame.t, ih) + s.first * line.stride + first;
      withReader(x.format, phase.job.operands, [&](auto reader) {
        typedef decltype(reader) Reader;
        const auto* from = x.as<typename Reader::Stored>() + start;
        for (int64_t p = lo; p < hi; p += together) {
          fetchPiece(from + (p + kPixelsAhead) * line.stride, numbers);
          Words::template read<Reader>(from + p * line.stride, numbers * together,
                                       to + p * copies.pitch, count * together);
        }
      });
    }
  }
}
