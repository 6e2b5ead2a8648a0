// The gradient of a convolution's weight, dw[o, tap, c] = Σ over pixels of dy[pixel, o] · x[pixel at tap, c], without im2col.
//
//   a task owns    dw[≤ kOutputs o, all taps, some c]  and walks the output line by line:
//
//     line of dy   ─pack▶ [o / R][pixel][R]            broadcast R values
//     lines of x   ─pack▶ [c / N][pixel + halo][N]     V vectors; taps along the line are shifts of one packed line, padding is packed as 0
//                         sum[R][N] += dy ⊗ x          over the pixels of the line, in registers
//
// Packed lines of x are kept for the taps of the next lines. Sums are moved out of the tiles every few thousand pixels, so that rounding
// errors do not grow with the size of the video. Where dw has too few blocks for many threads, lines are cut into a fixed number of
// ranges, added up in order at the end; nothing depends on the number of threads.

constexpr int64_t kOutputs = 48;            // of a task, a multiple of every register tile
constexpr int64_t kTileFloats = 64 * 1024;  // of a task's sums: they stay in L2
constexpr int64_t kFlushPixels = 2048;
constexpr int64_t kTasks = 16;

template <int R, int V>
static void outerKernel(const float* dy, const float* x, int64_t step, int64_t pixels, float* sums) {
  vf sum[R][V];
#pragma GCC unroll 24
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) sum[r][v] = load(sums + (r * V + v) * W);
  }
  for (int64_t p = 0; p < pixels; p++) {
    vf wide[V];
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) wide[v] = load(x + v * W);
#pragma GCC unroll 24
    for (int r = 0; r < R; r++) {
      const vf one = splat(dy[r]);
#pragma GCC unroll 2
      for (int v = 0; v < V; v++) sum[r][v] += one * wide[v];
    }
    dy += R;
    x += step;
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int v = 0; v < V; v++) store(sums + (r * V + v) * W, sum[r][v]);
  }
}

struct WeightPlan {
  const ConvWeightJob& job;
  int64_t outputs = 0, channels = 0, taps = 0, lines = 0, pixels = 0;
  int64_t channelStep = 0, outputBlocks = 0, channelBlocks = 0, ranges = 0;
  int64_t span = 0, slots = 0;  // pixels of a packed line of x; packed lines kept per temporal tap
  bool narrow = false;  // one vector of channels, twice the outputs

  int64_t rows() const { return narrow ? kRows * kVectors : kRows; }
  int64_t width() const { return narrow ? W : kVectors * W; }
  int64_t tiles() const { return kOutputs / rows(); }
  int64_t sumsSize() const { return taps * kOutputs * channelStep; }
  int64_t dySize() const { return pixels * kOutputs; }
  int64_t lineSize() const { return span * channelStep; }
  int64_t threadSize() const { return sumsSize() + dySize() + job.axes[0].taps * slots * (lineSize() + 2); }
};

static WeightPlan planWeight(const ConvWeightJob& job) {
  const ConvAxis* a = job.axes;
  WeightPlan plan{job};
  plan.outputs = job.dy.axes[4].size;
  plan.channels = job.x.axes[4].size;
  plan.taps = a[0].taps * a[1].taps * a[2].taps;
  plan.pixels = a[2].out;
  plan.lines = job.x.axes[0].size * a[0].out * a[1].out;
  plan.narrow = plan.channels <= W;
  const int64_t fitting = most(plan.width(), kTileFloats / (plan.taps * kOutputs) / plan.width() * plan.width());
  const int64_t parts = most<int64_t>(1, ceilDiv(plan.channels, fitting));
  plan.channelStep = ceilDiv(ceilDiv(plan.channels, parts), plan.width()) * plan.width();
  plan.channelBlocks = ceilDiv(plan.channels, plan.channelStep);
  plan.outputBlocks = ceilDiv(plan.outputs, kOutputs);
  const int64_t blocks = plan.outputBlocks * plan.channelBlocks;
  plan.ranges = blocks == 0 ? 1 : most<int64_t>(1, least(plan.lines, kTasks / blocks));
  plan.span = (a[2].out - 1) * a[2].stride + (a[2].taps - 1) * a[2].dilation + 1;
  plan.slots = (a[1].taps - 1) * a[1].dilation + 1;
  return plan;
}

// Adds a task's sums to `to`, [o, tap, c], and clears them.
static void flushSums(const WeightPlan& plan, float* sums, int64_t firstOutput, int64_t firstChannel, float* to) {
  const int64_t rows = plan.rows(), width = plan.width();
  float* tile = sums;
  for (int64_t tap = 0; tap < plan.taps; tap++) {
    for (int64_t c = firstChannel; c < firstChannel + plan.channelStep; c += width) {
      for (int64_t o = firstOutput; o < firstOutput + kOutputs; o += rows, tile += rows * width) {
        for (int64_t r = 0; r < rows && o + r < plan.outputs; r++) {
          float* out = to + ((o + r) * plan.taps + tap) * plan.channels + c;
          for (int64_t i = 0; i < width && c + i < plan.channels; i++) out[i] += tile[r * width + i];
        }
      }
    }
  }
  __builtin_memset(sums, 0, size_t(plan.sumsSize()) * 4);
}

static void packDy(const WeightPlan& plan, const float* line, bool isLine, int64_t firstOutput, float* to) {
  const Axis& axis = plan.job.dy.axes[3];
  const int64_t rows = plan.rows();
  for (int64_t o = firstOutput; o < firstOutput + kOutputs; o += rows) {
    const int64_t count = most<int64_t>(0, least(rows, plan.outputs - o));
    for (int64_t p = 0; p < plan.pixels; p++, to += rows) {
      const bool isPixel = isLine && inside(axis, p);
      for (int64_t r = 0; r < rows; r++) to[r] = isPixel && r < count ? line[p * axis.stride + o + r] : 0;
    }
  }
}

static void packX(const WeightPlan& plan, const float* line, int64_t firstChannel, float* to) {
  const Axis& axis = plan.job.x.axes[3];
  const int64_t width = plan.width(), padding = plan.job.axes[2].padding;
  for (int64_t c = firstChannel; c < firstChannel + plan.channelStep; c += width) {
    const int64_t count = most<int64_t>(0, least(width, plan.channels - c));
    for (int64_t p = -padding; p < plan.span - padding; p++, to += width) {
      const float* from = line + p * axis.stride + c;
      if (!inside(axis, p)) for (int64_t i = 0; i < width; i++) to[i] = 0;
      else if (count == width) __builtin_memcpy(to, from, size_t(width) * 4);
      else for (int64_t i = 0; i < width; i++) to[i] = i < count ? from[i] : 0;
    }
  }
}

// One line of dy against one packed line of x: the taps (kt, kh, …).
static void lineTaps(const WeightPlan& plan, const float* dy, const float* x, int64_t firstTap, float* sums) {
  const ConvAxis& axis = plan.job.axes[2];
  const int64_t rows = plan.rows(), width = plan.width(), tile = rows * width;
  const int64_t parts = plan.channelStep / width;
  for (int64_t c = 0; c < parts; c++) {
    for (int64_t kw = 0; kw < axis.taps; kw++) {
      const float* from = x + (c * plan.span + kw * axis.dilation) * width;
      float* to = sums + ((firstTap + kw) * parts + c) * plan.tiles() * tile;
      for (int64_t o = 0; o < plan.tiles(); o++, to += tile) {
        const float* left = dy + o * plan.pixels * rows;
        if (plan.narrow) outerKernel<kRows * kVectors, 1>(left, from, axis.stride * width, plan.pixels, to);
        else outerKernel<kRows, kVectors>(left, from, axis.stride * width, plan.pixels, to);
      }
    }
  }
}

static void weightTask(const WeightPlan& plan, int64_t task, float* memory, float* out) {
  const ConvWeightJob& job = plan.job;
  const ConvAxis &t = job.axes[0], &h = job.axes[1];
  const Axis *xa = job.x.axes, *da = job.dy.axes;
  const int64_t blocks = plan.outputBlocks * plan.channelBlocks, range = task / blocks;
  const int64_t firstOutput = task / plan.channelBlocks % plan.outputBlocks * kOutputs;
  const int64_t firstChannel = task % plan.channelBlocks * plan.channelStep;
  float* to = out + range * plan.outputs * plan.taps * plan.channels;
  float* sums = memory;
  float* dy = sums + plan.sumsSize();
  float* x = dy + plan.dySize();
  int64_t* held = reinterpret_cast<int64_t*>(x + t.taps * plan.slots * plan.lineSize());
  for (int64_t i = 0; i < t.taps * plan.slots; i++) held[i] = -1;
  __builtin_memset(sums, 0, size_t(plan.sumsSize()) * 4);
  int64_t pixels = 0;
  for (int64_t line = plan.lines * range / plan.ranges; line < plan.lines * (range + 1) / plan.ranges; line++) {
    const int64_t ph = line % h.out, pt = line / h.out % t.out, n = line / h.out / t.out;
    const bool isLine = inside(da[0], n) && inside(da[1], pt) && inside(da[2], ph);
    if (!isLine || !inside(xa[0], n)) continue;
    packDy(plan, job.dy.data + n * da[0].stride + pt * da[1].stride + ph * da[2].stride, isLine, firstOutput, dy);
    for (int64_t kt = 0; kt < t.taps; kt++) {
      const int64_t it = pt * t.stride + kt * t.dilation - t.padding;
      if (!inside(xa[1], it)) continue;
      for (int64_t kh = 0; kh < h.taps; kh++) {
        const int64_t ih = ph * h.stride + kh * h.dilation - h.padding;
        if (!inside(xa[2], ih)) continue;
        const int64_t slot = kt * plan.slots + ih % plan.slots, name = (n * t.in + it) * h.in + ih;
        float* packed = x + slot * plan.lineSize();
        if (held[slot] != name) {
          packX(plan, job.x.data + n * xa[0].stride + it * xa[1].stride + ih * xa[2].stride, firstChannel, packed);
          held[slot] = name;
        }
        lineTaps(plan, dy, packed, (kt * h.taps + kh) * job.axes[2].taps, sums);
      }
    }
    pixels += plan.pixels;
    if (pixels >= kFlushPixels) {
      flushSums(plan, sums, firstOutput, firstChannel, to);
      pixels = 0;
    }
  }
  flushSums(plan, sums, firstOutput, firstChannel, to);
}

static void convWeightKernel(Engine& engine, const ConvWeightJob& given, float* out) {
  const Readable x(engine, given.x, hasContiguousRows(given.x));
  const Readable dy(engine, given.dy, hasContiguousRows(given.dy));
  ConvWeightJob job = given;
  job.x = x.view;
  job.dy = dy.view;
  const WeightPlan plan = planWeight(job);
  const int64_t size = plan.outputs * plan.taps * plan.channels;
  if (size == 0) return;
  __builtin_memset(out, 0, size_t(size) * 4);
  if (plan.lines * plan.pixels == 0) return;
  const int threads = engine.pool.threads();
  const Scratch memory(engine.memory, size_t(threads * (plan.threadSize() + 16)));
  const Scratch partial(engine.memory, size_t(plan.ranges > 1 ? plan.ranges * size : 0));
  float* to = plan.ranges > 1 ? partial.data() : out;
  if (plan.ranges > 1) __builtin_memset(to, 0, size_t(plan.ranges * size) * 4);
  const int64_t perThread = (plan.threadSize() + 15) / 16 * 16;
  parallel(engine.pool, plan.ranges * plan.outputBlocks * plan.channelBlocks,
           [&](int64_t task, int thread) { weightTask(plan, task, memory.data() + thread * perThread, to); });
  if (plan.ranges == 1) return;
  parallel(engine.pool, ceilDiv(size, kTaskElements), [&](int64_t task, int) {
    for (int64_t i = task * kTaskElements; i < least((task + 1) * kTaskElements, size); i++) {
      float sum = 0;
      for (int64_t r = 0; r < plan.ranges; r++) sum += to[r * size + i];
      out[i] = sum;
    }
  });
}
