// Convolution to few outputs, turned round: the outputs of all taps are the rows of `gemm.h`, and
// the pixels of a line of the input its columns, which fill vectors as so few outputs could not.
//
//                      │ pixels of a line, transposed │  [channel][pixel]
//      weight          └──────────────────────────────┘
//      [tap, output] ▶ products, [tap, output][pixel] ──rows, shifted by their taps──▶ sums
//      [channel]
//
//   a task owns    some lines of an image's output, in all frames
//   and walks      the lines of the input that they reach, frame by frame, each once for all taps
//   its sums       [frame of a tap][output][line][pixel] are finished once a frame has met all taps

constexpr int64_t kFewestLines = 8, kMostLines = 16;      // of a task
constexpr int64_t kFewOutputs = most<int64_t>(kDots, W / 2);  // at most

static bool goesTurned(const ConvAxis* axes, int64_t channels, int64_t outputs) {
  bool isPlain = true;
  int64_t taps = 1;
  for (int a = 0; a < 3; a++) {
    isPlain &= axes[a].stride == 1 && axes[a].dilation == 1 && axes[a].inputDilation == 1 &&
               axes[a].repeat == 1;
    taps *= axes[a].taps;
  }
  const bool isWorthIt = outputs <= kFewOutputs && taps * outputs >= W && channels >= W;
  return isPlain && isWorthIt && axes[2].padding >= 0 && 2 * axes[2].in >= W;
}

// As rows [kw][kt][kh][output][words of channels]: those whose products go to the same line of sums
// are far from each other, so that none waits for the one before to be stored.
template <class Words>
static void packTurned(Engine& engine, const View& weight, Format operands, float* packed) {
  const Readable dense(engine, weight, isUnpadded(weight));
  const Axis* axes = dense.view.axes;
  const int64_t channels = axes[4].size, words = wordsOf<Words>(channels);
  withReader(dense.view.format, operands, [&](auto reader) {
    typedef decltype(reader) Reader;
    const auto* const from = dense.view.as<typename Reader::Stored>();
    for (int64_t kw = 0; kw < axes[3].size; kw++)
      for (int64_t kt = 0; kt < axes[1].size; kt++)
        for (int64_t kh = 0; kh < axes[2].size; kh++)
          for (int64_t o = 0; o < axes[0].size; o++, packed += words) {
            const auto* row = from + o * axes[0].stride + kt * axes[1].stride +
                              kh * axes[2].stride + kw * axes[3].stride;
            for (int64_t i = 0; i < words; i++) {
              packed[i] = 0;
              if (i * Words::kChannels < channels)
                Words::template pack<Reader>(row, axes[4].stride, i * Words::kChannels, channels,
                                             packed + i);
            }
          }
  });
}

// What all tasks share.
template <class Words>
struct TurnedPlan {
  const Phase& phase;
  const ConvJob& job;
  Packing packing;        // of the pixels that are multiplied at once
  int64_t lines, bands;   // lines of a task, tasks of an image
  int64_t margin, pitch;  // pixels in front of a line of sums, of the line with what is around it

  TurnedPlan(const Engine& engine, const Phase& phase)
      : phase(phase), job(phase.job), packing(packingFor(job)) {
    const ConvAxis &h = job.axes[1], &w = job.axes[2];
    const int64_t tasks = 4 * engine.pool.threads();
    lines = clamped(ceilDiv(job.x.axes[0].size * h.out, tasks), kFewestLines, kMostLines);
    bands = ceilDiv(h.out, lines);
    margin = w.taps - 1;
    pitch = margin + most(w.out, w.padding + w.in + packing.width);
  }

  int64_t productsSize() const { return chunkRows<Words>() * packing.width; }
  int64_t planeSize() const { return lines * pitch; }  // of an output's sums
  int64_t frameSize() const { return job.outputs * planeSize(); }
  int64_t sumsSize() const { return job.axes[0].taps * frameSize(); }
  int64_t threadSize() const {
    return ceilDiv(packing.size() + productsSize() + sumsSize(), W) * W;
  }

 private:
  static Packing packingFor(const ConvJob& job) {
    const int vectors = vectorsOf<Words>(job.axes[2].in);
    const int64_t words = wordsOf<Words>(job.x.axes[4].size);
    return Packing(vectors * W, 1, words, vectors, Words::kPanel, Words::kUnit);
  }
};

// Some lines of the output of an image, with a thread's memory.
template <class Words>
struct TurnedTask {
  const TurnedPlan<Words>& plan;
  int64_t image, begin, end;
  float *panel, *products, *sums;

  // Of the first output; those of others are a plane further each.
  float* lineOf(int64_t t, int64_t h) const {
    return sums + t % plan.job.axes[0].taps * plan.frameSize() + (h - begin) * plan.pitch;
  }
};

// What `multiply` does to the products of a row: adds them to sums, and fetches some of the pixels
// that are packed next, for which products leave time.
struct Adding {
  float* const* sums;
  int count;  // of rows, of which those past the end count for nothing
  const char* next;
  int64_t bytes;

  bool isNeeded() const { return true; }
  VIDTOK_INLINE_METHOD void operator()(int row, int64_t, int64_t n, const float* products) const {
    if (row >= count) return;
    const int64_t begin = bytes * row / count / 64, end = bytes * (row + 1) / count / 64;
    for (int64_t i = begin; i < end; i++) __builtin_prefetch(next + i * 64);
    for (int64_t i = 0; i < n; i += W)
      store(sums[row] + i, load(sums[row] + i) + load(products + i));
  }
};

// Rows of the weight that are multiplied with the panel of a task, and the sums they are added to.
template <class Words>
struct TurnedRows {
  const TurnedTask<Words>& task;
  const char* next;  // pixels that are packed next
  int64_t bytes;
  int count = 0;
  const float* row[kMostRows];
  float* sums[kMostRows];

  TurnedRows(const TurnedTask<Words>& of, const char* pixels, int64_t size)
      : task(of), next(pixels), bytes(size) {}

  void add(const float* weight, float* to) {
    row[count] = weight;
    sums[count++] = to;
    if (count == chunkRows<Words>()) run();
  }

  void run() {
    if (count == 0) return;
    const Packing& packing = task.plan.packing;
    const int each = tileRows<Words>(packing.vectors);
    Tap taps[kTiles];
    Chunk chunk;
    chunk.tap = taps;
    chunk.tiles = int(ceilDiv(count, each));
    for (int i = 0; i < chunk.tiles; i++) {
      chunk.taps[i] = 1;
      taps[i].weight = 0;
      for (int r = i * each; r < (i + 1) * each; r++) {
        taps[i].rows[r - i * each] = row[least(r, count - 1)];
        chunk.at[r] = r * packing.width;
      }
    }
    alignas(64) static const float zeros[Words::kVectors * W] = {};
    multiply<Words>(packing, chunk, Part(packing, 0, 1), task.panel, zeros,
                    {task.products, Format::f32}, nullptr, [](int64_t c, int64_t) { return c; },
                    Adding{sums, count, next, bytes});
    count = 0;
  }
};

// Line `ih` of frame `it` of the input, `start` elements into `x`, against all taps that lead to
// lines of the task.
template <class Words>
static void addLine(const TurnedTask<Words>& task, int64_t it, int64_t ih, const View& x,
                    int64_t start) {
  const TurnedPlan<Words>& plan = task.plan;
  const ConvJob& job = plan.job;
  const auto& [t, h, w] = job.axes;
  const Axis& line = x.axes[3];
  const int64_t words = plan.packing.channels, width = plan.packing.width, noOffset = 0;
  for (int64_t p = line.lo; p < line.hi; p += width) {
    Packing part = plan.packing;
    part.outputs = least(width, line.hi - p);
    const int64_t bytes = width * line.stride * bytesOf(x.format);
    const char* const from = x.as<char>() + (start + p * line.stride) * bytesOf(x.format);
    withReader(x.format, job.operands, [&](auto reader) {
      typedef decltype(reader) Reader;
      const auto* const data = reinterpret_cast<const typename Reader::Stored*>(from);
      packBlock<Words, Reader>(part, 0, {data, line.stride, 1, &noOffset, x.axes[4].size},
                               task.panel);
    });
    TurnedRows<Words> rows{task, from + bytes, bytes};
    const float* row = job.packed;
    for (int64_t kw = 0; kw < w.taps; kw++) {
      const int64_t shift = plan.margin + p + w.padding - kw;
      for (int64_t kt = 0; kt < t.taps; kt++) {
        const int64_t ot = it + t.padding - kt;
        for (int64_t kh = 0; kh < h.taps; kh++, row += job.outputs * words) {
          const int64_t oh = ih + h.padding - kh;
          if (ot < 0 || ot >= t.out || oh < task.begin || oh >= task.end) continue;
          float* const to = task.lineOf(ot, oh) + shift;
          for (int64_t o = 0; o < job.outputs; o++)
            rows.add(row + o * words, to + o * plan.planeSize());
        }
      }
    }
    rows.run();
  }
}

// Finishes the sums of a frame and makes room for another's.
template <class Words>
static void finishFrame(const TurnedTask<Words>& task, int64_t t, Target out) {
  const TurnedPlan<Words>& plan = task.plan;
  const ConvJob& job = plan.job;
  Chunk chunk;
  const Blending blending{job, chunk};
  for (int64_t h = task.begin; h < task.end; h++) {
    for (int64_t w = 0; w < job.axes[2].out; w += kMostRows) {
      const int64_t index[4] = {task.image, t, h, w};
      const int64_t count = least<int64_t>(kMostRows, job.axes[2].out - w);
      placeOutputs(plan.phase, index, count, 0, chunk);
      const float* const line = task.lineOf(t, h) + plan.margin + w;
      for (int r = 0; r < count; r++) {
        float sums[kFewOutputs];
        for (int64_t o = 0; o < job.outputs; o++)
          sums[o] = line[o * plan.planeSize() + r] + job.bias[o];
        if (blending.isNeeded()) blending(r, 0, job.outputs, sums);
        if (out.format == Format::bf16)
          writeRounded(sums, job.outputs, out.as<Bf16>() + chunk.at[r]);
        else
          for (int64_t o = 0; o < job.outputs; o++) out.as<float>()[chunk.at[r] + o] = sums[o];
      }
    }
  }
  __builtin_memset(task.lineOf(t, task.begin), 0, size_t(plan.frameSize()) * 4);
}

template <class Words>
static void turnedConv(Engine& engine, const ConvJob& job, Target out) {
  const Phases phases(engine, job.axes);
  Phase phase{job, {}, false, job.packed, nullptr, Words::kChannels};
  phases.at(0, phase.axis);
  const TurnedPlan<Words> plan(engine, phase);
  const ConvAxis &t = job.axes[0], &h = job.axes[1];
  const Scratch memory(engine.memory, {engine.pool.threads(), plan.threadSize()});
  parallel(engine.pool, job.x.axes[0].size * plan.bands, [&](int64_t number, int thread) {
    float* const panel = memory.data() + thread * plan.threadSize();
    float* const products = panel + plan.packing.size();
    const int64_t begin = number % plan.bands * plan.lines;
    const TurnedTask<Words> task{plan,
                                 number / plan.bands,
                                 begin,
                                 least(begin + plan.lines, h.out),
                                 panel,
                                 products,
                                 products + plan.productsSize()};
    __builtin_memset(task.sums, 0, size_t(plan.sumsSize()) * 4);
    const int64_t from = task.begin - h.padding, to = task.end - h.padding + h.taps - 1;
    for (int64_t it = -t.padding; it < t.out - t.padding + t.taps - 1; it++) {
      const Frame frame = frameOf(job, task.image, it);
      for (int64_t ih = from; frame.view && ih < to; ih++)
        if (inside(frame.view->axes[2], ih))
          addLine(task, it, ih, *frame.view, elementAt(*frame.view, task.image, frame.t, ih));
      // The frame of the output whose last tap this was.
      const int64_t last = it + t.padding - (t.taps - 1);
      if (last >= 0) finishFrame(task, last, out);
    }
  });
}
