// Direct convolution of few channels in floats: what all taps along a line read is one tap, whose
// channels are those of as many pixels, so that there are fewer pointers, and the inner kernel does
// not begin anew every few products.
//
//      line of x      ─copied─▶   0 0 0 | a b c | d e f | g h i | …     3 channels
//      taps of pixel 0            └────── 9 numbers ────┘
//      taps of pixel 1                    └────── 9 numbers ────┘

// A view of the copies of all lines, in which each pixel is followed by those that taps read with it.
class Runs {
 public:
  Runs(Engine& engine, const ConvJob& job, const View& x)
      : view(x), memory_(engine.memory, {linesOf(x), lengthOf(job, x)}) {
    if (!x.data) return;
    const ConvAxis& w = job.axes[2];
    const int64_t channels = x.axes[4].size, length = lengthOf(job, x);
    view.data = memory_.data();
    view.format = Format::f32;
    view.axes[4] = Axis{w.taps * channels, 1, 0, w.taps * channels};
    view.axes[3] = Axis{w.out, w.stride * channels, 0, w.out};
    for (int64_t a = 2, count = length; a >= 0; a--) {
      view.axes[a].stride = count;
      count *= x.axes[a].size;
    }
    const int64_t frames = x.axes[1].size, lines = x.axes[2].size;
    parallel(engine.pool, x.axes[0].size * frames, [&](int64_t frame, int) {
      const int64_t image = frame / frames, t = frame % frames;
      if (!inside(x.axes[0], image) || !inside(x.axes[1], t)) return;
      for (int64_t h = x.axes[2].lo; h < x.axes[2].hi; h++)
        copyLine(job, x, elementAt(x, image, t, h),
                 memory_.data() + (frame * lines + h) * length);
    });
  }

  View view;

 private:
  static int64_t linesOf(const View& x) {
    return x.data ? x.axes[0].size * x.axes[1].size * x.axes[2].size : 0;
  }
  static int64_t pixelsOf(const ConvAxis& w) { return (w.out - 1) * w.stride + w.taps; }
  static int64_t lengthOf(const ConvJob& job, const View& x) {
    return pixelsOf(job.axes[2]) * x.axes[4].size;
  }

  static void copyLine(const ConvJob& job, const View& x, int64_t start, float* to) {
    const ConvAxis& w = job.axes[2];
    const Axis& line = x.axes[3];
    const int64_t channels = x.axes[4].size, pixels = pixelsOf(w);
    const int64_t begin = clamped(line.lo + w.padding, 0, pixels);
    const int64_t end = clamped(line.hi + w.padding, begin, pixels);
    __builtin_memset(to, 0, size_t(begin * channels) * 4);
    __builtin_memset(to + end * channels, 0, size_t((pixels - end) * channels) * 4);
    const int64_t together = line.stride == channels ? most<int64_t>(1, end - begin) : 1;
    withReader(x.format, job.operands, [&](auto reader) {
      typedef decltype(reader) Reader;
      const auto* const from = x.as<typename Reader::Stored>() + start;
      for (int64_t p = begin; p < end; p += together)
        readNumbers<Reader>(from + (p - w.padding) * line.stride, together * channels,
                            to + p * channels);
    });
  }

  Scratch memory_;
};

static void runsConv(Engine& engine, const ConvJob& job, Target out) {
  const Runs x(engine, job, job.x), before(engine, job, job.before);
  const int64_t size = job.axes[2].out;
  ConvJob runs = job;
  runs.x = x.view;
  runs.before = before.view;
  runs.operands = Format::f32;  // copies are rounded to those of `job`
  runs.axes[2] = ConvAxis{size, 1, size, 1, 1, 1, 0, 1};
  convOf<Floats>(engine, runs, out);
}
