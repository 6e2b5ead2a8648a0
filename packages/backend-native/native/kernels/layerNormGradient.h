// The gradients of layer norm and of what follows it, one position at a time, from what it got and the
// gradient dy of what it gave:
//
//     x̂ = (x − mean) · scale     h = dy · activation'(x̂ · weight + bias)     g = h · weight
//
//     dx = (g − mean of g − x̂ · mean of g · x̂) · scale
//     dweight = Σ h · x̂,  dbias = Σ h          over all positions
//
// All are made in one pass. Sums over positions are those of a fixed number of rows each, added up
// in order; nothing depends on the number of threads.

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

// Of one row; adds to `sums`, those of the weight and then those of the bias, `pitch` floats each.
template <bool isSilu>
static void gradientRow(const LayerNormJob& job, Standard standard, const float* x, const float* dy,
                        float* sums, int64_t pitch, float* dx) {
  const int64_t n = job.channels;
  const auto [mean, scale] = standard;
  vf sum{}, product{};
  for (int64_t i = 0; i < n; i += W) {
    const vf hat = (loadUpTo(x + i, n - i) - mean) * scale;
    const vf weight = loadUpTo(job.weight + i, n - i);
    vf h = loadUpTo(dy + i, n - i);
    if (isSilu) {
      const vf y = hat * weight + loadUpTo(job.bias + i, n - i);
      const vf s = cutSigmoidOf(y);
      h *= s * (1.0f + y * (1.0f - s));
    }
    const vf g = h * weight;
    sum += g;
    product += g * hat;
    store(sums + i, load(sums + i) + h * hat);
    store(sums + pitch + i, load(sums + pitch + i) + h);
    storeUpTo(dx + i, g, n - i);
  }
  const float a = lanesSum(sum) / float(n), b = lanesSum(product) / float(n);
  for (int64_t i = 0; i < n; i += W) {
    const vf hat = (loadUpTo(x + i, n - i) - mean) * scale;
    storeUpTo(dx + i, (loadUpTo(dx + i, n - i) - a - hat * b) * scale, n - i);
  }
}

// `R` rows from `row` on, whose numbers `buffer` has room for.
template <bool isSilu, int R>
static void gradientRows(const LayerNormJob& job, const Rows& x, const Rows& dy, int64_t row,
                         float* buffer, float* sums, int64_t pitch, float* dx) {
  const int64_t n = job.channels;
  const float* from[R];
  for (int r = 0; r < R; r++) from[r] = x.at(row + r, buffer + r * n);
  Standard standards[R];
  standardsOf<R>(job, from, standards);
  for (int r = 0; r < R; r++) {
    const float* slope = dy.at(row + r, buffer + R * n);
    gradientRow<isSilu>(job, standards[r], from[r], slope, sums, pitch, dx + (row + r) * n);
  }
}

template <bool isSilu>
static void layerNormGradientsOf(Engine& engine, const LayerNormJob& job, float* dx,
                                 float* affine) {
  const int64_t n = job.channels, pitch = ceilDiv(n, W) * W;
  const Rows x(job.x, n), dy(job.dy, n);
  const int64_t count = x.count();
  const int64_t together =
      most<int64_t>(1, least<int64_t>(kNormRows, ceilDiv(count, kNormTasks)));
  const int64_t tasks = ceilDiv(count, together), room = (kNormTogether + 1) * n;
  const Scratch memory(engine.memory, {engine.pool.threads(), room});
  const Scratch partial(engine.memory, {2, pitch, tasks});
  parallel(engine.pool, tasks, [&](int64_t task, int thread) {
    float* buffer = memory.data() + room * thread;
    float* sums = partial.data() + 2 * pitch * task;
    __builtin_memset(sums, 0, size_t(2 * pitch) * 4);
    const int64_t end = least((task + 1) * together, count);
    int64_t row = task * together;
    for (; row + kNormTogether <= end; row += kNormTogether)
      gradientRows<isSilu, kNormTogether>(job, x, dy, row, buffer, sums, pitch, dx);
    for (; row < end; row++) gradientRows<isSilu, 1>(job, x, dy, row, buffer, sums, pitch, dx);
  });
  for (int64_t i = 0; i < 2 * n; i++) {
    double sum = 0;
    const float* from = partial.data() + (i < n ? i : pitch + i - n);
    for (int64_t task = 0; task < tasks; task++) sum += from[2 * pitch * task];
    affine[i] = float(sum);
  }
}

// `affine` is [2, channels].
static void layerNormGradientsKernel(Engine& engine, const LayerNormJob& job, float* dx,
                                     float* affine) {
  if (job.isSilu)
    layerNormGradientsOf<true>(engine, job, dx, affine);
  else
    layerNormGradientsOf<false>(engine, job, dx, affine);
}
