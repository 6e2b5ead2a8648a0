// The gradients of layer norm and of what follows it, one position at a time, from what it got and the
// gradient dy of what it gave:
//
//     x̂ = (x − mean) · scale     h = dy · activation'(x̂ · weight + bias)     g = h · weight
//
//     dx = (g − mean of g − x̂ · mean of g · x̂) · scale
//     dweight = Σ h · x̂,  dbias = Σ h          over all positions
//
// Sums over positions are those of a fixed number of rows each, added up in order; nothing depends on
// the number of threads.

constexpr int64_t kNormRows = 1024;  // at most, that one sum goes over
constexpr int64_t kNormTasks = 16;   // that few rows are cut into

// Up to W floats.
VIDTOK_INLINE vf loadUpTo(const float* p, int64_t n) {
  return n >= W ? load(p) : loadPart(p, int(n));
}
VIDTOK_INLINE void storeUpTo(float* p, vf v, int64_t n) {
  if (n >= W)
    store(p, v);
  else
    storePart(p, v, int(n));
}

// Calls `body` with the place of each vector of channels, how many there are from it on, and x̂ and h there.
template <bool isSilu, class F>
VIDTOK_INLINE void forRow(const LayerNormJob& job, const float* x, const float* dy, F body) {
  const int64_t n = job.channels;
  const auto [mean, scale] = standardOf(job, x);
  for (int64_t i = 0; i < n; i += W) {
    const vf hat = (loadUpTo(x + i, n - i) - mean) * scale;
    vf h = loadUpTo(dy + i, n - i);
    if (isSilu) {
      const vf y = hat * loadUpTo(job.weight + i, n - i) + loadUpTo(job.bias + i, n - i);
      const vf s = sigmoidOf(y);
      h *= s * (1.0f + y * (1.0f - s));
    }
    body(i, hat, h);
  }
}

template <bool isSilu>
static void inputGradientRow(const LayerNormJob& job, const float* x, const float* dy, float* dx) {
  const int64_t n = job.channels;
  const auto [mean, scale] = standardOf(job, x);
  vf sum{}, product{};
  forRow<isSilu>(job, x, dy, [&](int64_t i, vf hat, vf h) {
    const vf g = h * loadUpTo(job.weight + i, n - i);
    sum += g;
    product += g * hat;
    storeUpTo(dx + i, g, n - i);
  });
  const float a = lanesSum(sum) / float(n), b = lanesSum(product) / float(n);
  for (int64_t i = 0; i < n; i += W) {
    const vf hat = (loadUpTo(x + i, n - i) - mean) * scale;
    storeUpTo(dx + i, (loadUpTo(dx + i, n - i) - a - hat * b) * scale, n - i);
  }
}

// Adds to `sums`, those of the weight and then those of the bias, `pitch` floats each.
template <bool isSilu>
static void affineGradientRow(const LayerNormJob& job, const float* x, const float* dy, float* sums,
                              int64_t pitch) {
  forRow<isSilu>(job, x, dy, [&](int64_t i, vf hat, vf h) {
    store(sums + i, load(sums + i) + h * hat);
    store(sums + pitch + i, load(sums + pitch + i) + h);
  });
}

static void layerNormInputKernel(Engine& engine, const LayerNormJob& job, float* out) {
  const int64_t n = job.channels;
  const Rows x(job.x, n), dy(job.dy, n);
  const int64_t count = x.count(), together = ceilDiv(kTaskElements, most<int64_t>(1, n));
  const Scratch memory(engine.memory, size_t(2 * n) * engine.pool.threads());
  parallel(engine.pool, ceilDiv(count, together), [&](int64_t task, int thread) {
    float* buffer = memory.data() + 2 * n * thread;
    for (int64_t r = task * together; r < least((task + 1) * together, count); r++) {
      const float *from = x.at(r, buffer), *slope = dy.at(r, buffer + n);
      if (job.isSilu)
        inputGradientRow<true>(job, from, slope, out + r * n);
      else
        inputGradientRow<false>(job, from, slope, out + r * n);
    }
  });
}

// `out` is [2, channels].
static void layerNormAffineKernel(Engine& engine, const LayerNormJob& job, float* out) {
  const int64_t n = job.channels, pitch = ceilDiv(n, W) * W;
  const Rows x(job.x, n), dy(job.dy, n);
  const int64_t count = x.count();
  const int64_t together =
      most<int64_t>(1, least<int64_t>(kNormRows, ceilDiv(count, kNormTasks)));
  const int64_t tasks = ceilDiv(count, together);
  const Scratch memory(engine.memory, size_t(2 * n) * engine.pool.threads());
  const Scratch partial(engine.memory, size_t(2 * pitch * tasks));
  parallel(engine.pool, tasks, [&](int64_t task, int thread) {
    float* buffer = memory.data() + 2 * n * thread;
    float* sums = partial.data() + 2 * pitch * task;
    __builtin_memset(sums, 0, size_t(2 * pitch) * 4);
    for (int64_t r = task * together; r < least((task + 1) * together, count); r++) {
      const float *from = x.at(r, buffer), *slope = dy.at(r, buffer + n);
      if (job.isSilu)
        affineGradientRow<true>(job, from, slope, sums, pitch);
      else
        affineGradientRow<false>(job, from, slope, sums, pitch);
    }
  });
  for (int64_t i = 0; i < 2 * n; i++) {
    double sum = 0;
    const float* from = partial.data() + (i < n ? i : pitch + i - n);
    for (int64_t task = 0; task < tasks; task++) sum += from[2 * pitch * task];
    out[i] = float(sum);
  }
}
