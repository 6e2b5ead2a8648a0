// The gradient of a convolution's weight, dw[o, tap, c] = Σ over pixels of dy[pixel, o] · x[pixel
// at tap, c], without im2col.
//
//   a task owns    dw[some o, all taps, some c]   and walks the output line by line:
//
//     line of dy   ─pack▶ [o / R][pixel][R]         broadcast R values
//     lines of x   ─pack▶ [c / N][pixel + halo][N]  V vectors, N = V·W
//                         sum[R][N] += dy ⊗ x       over the pixels of the line, in registers
//
// Taps along a line are shifts of one packed line of x, in which padding is packed as zeros. Where
// the machine multiplies pairs of bf16 numbers, a word of dy holds two neighbouring pixels, and each
// word of x a pixel and the one that the next pixel of dy meets, so that shifts stay shifts:
//
//     dy  (0 1) (2 3) (4 5) …          x, stride 1  (0 1) (1 2) (2 3) (3 4) …
//
// Packed lines of x are kept for the taps of the next lines, down a frame or on to the next frame.
// Sums are moved out of the tiles every few thousand pixels, so that rounding errors do not grow with
// the size of the video. Where dw has too few blocks for many threads, lines are cut into a fixed
// number of ranges, added up in order at the end; nothing depends on the number of threads.

// Adds lines of `length` words of dy, which are `dyStep` apart; dy and x begin `dyOffset` and
// `xOffset` into their packed lines.
template <class Words, int V, int64_t dyStep = tileRows<Words>(V)>
static void outerKernel(const LinePair* lines, int lineCount, int64_t dyOffset, int64_t xOffset,
                        int64_t step, int64_t length, float* sums) {
  constexpr int R = tileRows<Words>(V);
  vf sum[R][V];
#pragma GCC unroll 24
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sum[r][v] = load(sums + (r * V + v) * W);
  }
  for (int line = 0; line < lineCount; line++) {
    const float* dy = lines[line].dy + dyOffset;
    const float* x = lines[line].x + xOffset;
    for (int64_t p = 0; p < length; p++) {
      typename Words::Vector wide[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) wide[v] = Words::loadOf(x + v * W);
#pragma GCC unroll 24
      for (int r = 0; r < R; r++) {
        const typename Words::Vector one = Words::splatOf(dy + r);
#pragma GCC unroll 4
        for (int v = 0; v < V; v++) sum[r][v] = Words::multiplyAdd(sum[r][v], one, wide[v]);
      }
      dy += dyStep;
      x += step;
    }
  }
#pragma GCC unroll 24
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store(sums + (r * V + v) * W, sum[r][v]);
  }
}

// Adds a task's sums to `to`, [o, tap, c], and clears them.
static void flushSums(const WeightTask& task, float* to) {
  const WeightPlan& plan = task.plan;
  const int64_t rows = plan.rows(), width = plan.width();
  float* tile = task.sums;
  for (int64_t tap = 0; tap < plan.taps; tap++) {
    for (int64_t ct = 0; ct < task.channelTiles; ct++) {
      const int64_t c = task.firstChannel + ct * width, columns = least(width, plan.channels - c);
      for (int64_t ot = 0; ot < task.outputTiles; ot++, tile += rows * width) {
        const int64_t o = task.firstOutput + ot * rows;
        for (int64_t r = 0; r < rows && o + r < plan.outputs; r++) {
          float* out = to + ((o + r) * plan.taps + tap) * plan.channels + c;
          for (int64_t i = 0; i < columns; i++) out[i] += tile[r * width + i];
        }
      }
    }
  }
  __builtin_memset(task.sums, 0, size_t(plan.sumsSize()) * 4);
}

// Joins rows 2i of `width` bf16 numbers, as floats, which become lower halves, and rows 2i + 1.
VIDTOK_INLINE void joinRows(float* rows, int64_t count, int64_t width) {
  word* const words = reinterpret_cast<word*>(rows);
  for (int64_t i = 0; 2 * i < count; i++) {
    const word *lower = words + 2 * i * width, *upper = lower + width;
    word* to = words + i * width;
    if (2 * i + 1 < count)
      for (int64_t k = 0; k < width; k++) to[k] = lower[k] >> 16 | upper[k];
    else
      for (int64_t k = 0; k < width; k++) to[k] = lower[k] >> 16;
  }
}

template <class Words, int R, class Reader>
static void packDyRows(const WeightTask& task, const typename Reader::Stored* line, float* to) {
  const WeightPlan& plan = task.plan;
  const Axis& axis = plan.job.dy.axes[3];
  for (int64_t ot = 0; ot < task.outputTiles; ot++) {
    const int64_t o = task.firstOutput + ot * R, count = least<int64_t>(R, plan.outputs - o);
    float* tile = to + ot * plan.pixels * R;
    for (int64_t p = 0; p < plan.pixels; p++) {
      const auto* from = line + p * axis.stride + o;
      float* row = tile + p * R;
      const int64_t n = inside(axis, p) ? count : 0;
      if (n == R)
        for (int r = 0; r < R; r++) row[r] = number(from[r]);
      else
        for (int r = 0; r < R; r++) row[r] = r < n ? number(from[r]) : 0;
    }
    // Few numbers at a time are not worth a vector; a tile of them is.
    if (std::is_same<Reader, Rounding>::value) readNumbers<Rounding>(tile, plan.pixels * R, tile);
    if (Words::kChannels == 2) joinRows(tile, plan.pixels, R);
  }
}

template <class Words, class Reader>
static void packDy(const WeightTask& task, const typename Reader::Stored* line, float* to) {
  const WeightPlan& plan = task.plan;
  if constexpr (Words::kUnit == 1) {
    withVectors<Words>(plan.vectors, [&](auto vectors) {
      packDyRows<Words, tileRows<Words>(vectors.value), Reader>(task, line, to);
    });
  } else {
#ifdef VIDTOK_TILES
    for (int64_t ot = 0; ot < task.outputTiles; ot++) {
      const int64_t o = task.firstOutput + ot * plan.rows();
      packSlopeTiles<Reader>(line + o, plan.job.dy.axes[3], plan.outputs - o, plan.pixels,
                             to + ot * plan.pixels * plan.rows());
    }
#endif
  }
}

// Words of a pixel of x and of the pixel that the next pixel of dy meets, of which `n` and `nextN`
// numbers count.
template <class Words, class Reader>
VIDTOK_INLINE vu packedX(const typename Reader::Stored* x, int64_t n,
                         const typename Reader::Stored* next, int64_t nextN) {
  const vu here = bitsOf<Reader>(x, n);
  return Words::kChannels == 1 ? here : here >> 16 | bitsOf<Reader>(next, nextN);
}

template <class Words, class Reader>
static void packX(const WeightTask& task, const typename Reader::Stored* line, float* to) {
  const WeightPlan& plan = task.plan;
  const Axis& axis = plan.job.x.axes[3];
  const ConvAxis& along = plan.job.axes[2];
  const int64_t width = plan.width(), ahead = along.stride * axis.stride;
  for (int64_t ct = 0; ct < task.channelTiles; ct++) {
    const int64_t c = task.firstChannel + ct * width, count = least(width, plan.channels - c);
    const int64_t last = plan.span - along.padding;
    for (int64_t p = -along.padding; p < last; p++, to += width) {
      const auto* const x = line + p * axis.stride + c;
      const int64_t next = p + along.stride;
      const int64_t n = inside(axis, p) ? count : 0;
      const int64_t nextN = next < last && inside(axis, next) ? count : 0;
      const auto put = [&](int64_t i, int64_t n, int64_t nextN) {
        const vu words = packedX<Words, Reader>(x + i, n, x + ahead + i, nextN);
        store(to + i, reinterpret_cast<vf>(words));
      };
      if (n == width && (nextN == n || Words::kChannels == 1))
        for (int64_t i = 0; i < width; i += W) put(i, W, W);
      else
        for (int64_t i = 0; i < width; i += W) put(i, n - i, nextN - i);
    }
  }
}

template <class Words>
static auto outerKernelOf(int vectors) {
#ifdef VIDTOK_TILES
  if constexpr (Words::kUnit == 16) return outerTiles;
#endif
  if constexpr (Words::kUnit == 1)
    return withVectors<Words>(
        vectors, [](auto vectors) { return outerKernel<Words, vectors.value>; });
}

// Packed lines against each other: all taps along them, of which `firstTap` is the first.
template <class Words>
static void lineTaps(const WeightTask& task, const LinePair* lines, int count, int64_t firstTap) {
  const WeightPlan& plan = task.plan;
  const ConvAxis& axis = plan.job.axes[2];
  const int64_t rows = plan.rows(), width = plan.width(), tile = rows * width;
  const int64_t length = ceilDiv(plan.pixels, Words::kChannels);
  const int64_t step = Words::kChannels * axis.stride * width;
  const auto kernel = outerKernelOf<Words>(plan.vectors);
  for (int64_t c = 0; c < task.channelTiles; c++) {
    for (int64_t kw = 0; kw < axis.taps; kw++) {
      const int64_t from = (c * plan.span + kw * axis.dilation) * width;
      float* to = task.sums + ((firstTap + kw) * task.channelTiles + c) * task.outputTiles * tile;
      for (int64_t o = 0; o < task.outputTiles; o++, to += tile) {
        kernel(lines, count, o * plan.pixels * rows, from, step, length, to);
      }
    }
  }
}

// A line of x, which is made of patches where those are its channels.
template <class Stored>
static const Stored* lineOfX(const WeightTask& task, int64_t image, int64_t t, int64_t h) {
  const WeightPlan& plan = task.plan;
  const View& x = plan.job.x;
  if (!plan.patches) return x.as<Stored>() + elementAt(x, image, t, h);
  const int64_t index[4] = {image, t, h, 0};
  Stored* line = reinterpret_cast<Stored*>(task.patches);
  readPatches(*plan.patches, index, x.axes[3].size, x.axes[3].stride, x.axes[4].size, line);
  return line;
}

// `held` says which line of x a slot holds.
template <class Words>
static void weightGroup(const WeightTask& task, const WeightPlan::Group& group, int64_t* held) {
  const WeightPlan& plan = task.plan;
  const ConvWeightJob& job = plan.job;
  const ConvAxis &t = job.axes[0], &h = job.axes[1];
  const Axis *xa = job.x.axes, *da = job.dy.axes;
  const int64_t image = group.image, pt = group.frame, begin = group.line;
  const int64_t end = least(begin + plan.together, h.out);
  if (!inside(da[0], image) || !inside(da[1], pt) || !inside(xa[0], image)) return;
  for (int64_t ph = begin; ph < end; ph++) {
    if (!inside(da[2], ph)) continue;
    const int64_t dy = elementAt(job.dy, image, pt, ph);
    float* to = task.dy + (ph - begin) * plan.dySize();
    withReader(job.dy.format, job.operands, [&](auto reader) {
      typedef decltype(reader) Reader;
      packDy<Words, Reader>(task, job.dy.as<typename Reader::Stored>() + dy, to);
    });
  }
  for (int64_t kt = 0; kt < t.taps; kt++) {
    const int64_t it = pt * t.stride + kt * t.dilation - t.padding;
    if (!inside(xa[1], it)) continue;
    for (int64_t kh = 0; kh < h.taps; kh++) {
      LinePair lines[WeightSizes<Words>::kPixels];
      int count = 0;
      for (int64_t ph = begin; ph < end; ph++) {
        const int64_t ih = ph * h.stride + kh * h.dilation - h.padding;
        if (!inside(da[2], ph) || !inside(xa[2], ih)) continue;
        const int64_t slot = it % plan.frames * plan.slots + ih % plan.slots;
        const int64_t name = (image * t.in + it) * h.in + ih;
        float* packed = task.x + slot * plan.lineSize();
        if (held[slot] != name) {
          withReader(job.x.format, job.operands, [&](auto reader) {
            typedef decltype(reader) Reader;
            packX<Words, Reader>(task, lineOfX<typename Reader::Stored>(task, image, it, ih),
                                 packed);
          });
          held[slot] = name;
        }
        lines[count++] = {task.dy + (ph - begin) * plan.dySize(), packed};
      }
      if (count) lineTaps<Words>(task, lines, count, (kt * h.taps + kh) * job.axes[2].taps);
    }
  }
}

template <class Words>
static void weightTask(const WeightPlan& plan, int64_t number, float* memory, float* to) {
  const int64_t range = number / (plan.outputBlocks * plan.channelBlocks);
  const int64_t o = number / plan.channelBlocks % plan.outputBlocks * plan.outputStep;
  const int64_t c = number % plan.channelBlocks * plan.channelStep;
  float* dy = memory + plan.sumsSize();
  float* x = dy + plan.together * plan.dySize();
  const typename Words::Setup setup;
  const WeightTask task{plan,
                        o,
                        c,
                        ceilDiv(least(plan.outputStep, plan.outputs - o), plan.rows()),
                        ceilDiv(least(plan.channelStep, plan.channels - c), plan.width()),
                        memory,
                        dy,
                        x,
                        x + plan.heldSize()};
  const int64_t slots = plan.frames * plan.slots;
  int64_t* held = reinterpret_cast<int64_t*>(x + slots * plan.lineSize());
  for (int64_t i = 0; i < slots; i++) held[i] = -1;
  __builtin_memset(memory, 0, size_t(plan.sumsSize()) * 4);
  const int64_t last = plan.groups * (range + 1) / plan.ranges;
  int64_t pixels = 0;
  for (int64_t i = plan.groups * range / plan.ranges; i < last; i++) {
    weightGroup<Words>(task, plan.groupAt(i), held);
    pixels += plan.together * plan.pixels;
    if (pixels >= WeightSizes<Words>::kFlushPixels) {
      flushSums(task, to);
      pixels = 0;
    }
  }
  flushSums(task, to);
}

// Runs `task(number, memory, to)` for the blocks of each range of the pixels, which add to sums of
// `size` floats, and adds those up in order.
template <class F>
static void sumRanges(Engine& engine, int64_t size, int64_t ranges, int64_t blocks,
                      int64_t threadSize, float* out, F task) {
  const Scratch partial(engine.memory, {ranges > 1 ? ranges : 0, size});
  const int64_t perThread = ceilDiv(threadSize, 16) * 16;
  const Scratch memory(engine.memory, {engine.pool.threads(), perThread});
  float* to = ranges > 1 ? partial.data() : out;
  __builtin_memset(to, 0, size_t(ranges * size) * 4);
  parallel(engine.pool, ranges * blocks, [&](int64_t number, int thread) {
    task(number, memory.data() + thread * perThread, to + number / blocks * size);
  });
  if (ranges == 1) return;
  parallel(engine.pool, ceilDiv(size, kTaskElements), [&](int64_t task, int) {
    const int64_t end = least((task + 1) * kTaskElements, size);
    for (int64_t i = task * kTaskElements; i < end; i += W) {
      const int n = int(least<int64_t>(W, end - i));
      vf sum{};
      for (int64_t r = 0; r < ranges; r++)
        sum += n == W ? load(to + r * size + i) : loadPart(to + r * size + i, n);
      storePart(out + i, sum, n);
    }
  });
}

template <class Words>
static void convWeightOf(Engine& engine, const ConvWeightJob& job, const Phase* patches,
                         float* out) {
  const WeightPlan plan = planWeight<Words>(job, patches);
  const int64_t size = plan.outputs * plan.taps * plan.channels;
  if (plan.groups * plan.pixels == 0) {
    __builtin_memset(out, 0, size_t(size) * 4);
    return;
  }
  sumRanges(engine, size, plan.ranges, plan.outputBlocks * plan.channelBlocks, plan.threadSize(),
            out, [&](int64_t task, float* memory, float* to) {
              weightTask<Words>(plan, task, memory, to);
            });
}

// `patches` are what a pixel's channels in `job` are made of; null where they are those of x.
static void wordsWeight(Engine& engine, const ConvWeightJob& job, const Phase* patches,
                        float* out) {
  withWords(job.operands, [&](auto words) {
    typedef decltype(words) Words;
    // A tile would be half empty.
    if constexpr (Words::kUnit > 1) {
      if (job.x.axes[4].size <= W) return convWeightOf<Pairs>(engine, job, patches, out);
    }
    convWeightOf<Words>(engine, job, patches, out);
  });
}
