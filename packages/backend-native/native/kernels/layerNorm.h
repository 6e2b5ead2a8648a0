// Layer norm over contiguous channels and what follows it, one position at a time:
//
//   x ──row of channels──▶ Σ x ──▶ Σ (x − mean)² ──▶ activation((x − mean) · scale · weight + bias) ──▶ out
//
// The row stays in the L1 cache for all three passes over it, so memory is read and written once.

// Σ f(x) over a row: in float32 for kBlock terms at a time, in double across those.
template <class F>
VIDTOK_INLINE double rowSum(const float* p, int64_t n, F f) {
  double total = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = least(begin + kBlock, n);
    vf a{}, b{};
    int64_t i = begin;
    for (; i + 2 * W <= end; i += 2 * W) {
      a += f(load(p + i));
      b += f(load(p + i + W));
    }
    for (; i + W <= end; i += W) a += f(load(p + i));
    float sum = lanesSum(a + b);
    if (i < end) {
      float lane[W];
      store(lane, f(loadPart(p + i, int(end - i))));
      for (int64_t k = 0; k < end - i; k++) sum += lane[k];
    }
    total += sum;
  }
  return total;
}

// What takes a row to mean 0 and variance 1.
struct Standard {
  float mean, scale;
};

static Standard standardOf(const LayerNormJob& job, const float* x) {
  const int64_t n = job.channels;
  const float mean = float(rowSum(x, n, [](vf v) { return v; }) / double(n));
  const double squares = rowSum(x, n, [=](vf v) { return (v - mean) * (v - mean); });
  return {mean, 1 / __builtin_sqrtf(float(squares / double(n)) + job.eps)};
}

template <bool isSilu>
static void normRow(const LayerNormJob& job, const float* x, float* out) {
  const int64_t n = job.channels;
  const auto [mean, scale] = standardOf(job, x);
  const auto normed = [mean = mean, scale = scale](vf v, vf weight, vf bias) {
    const vf y = (v - mean) * (scale * weight) + bias;
    return isSilu ? siluOf(y) : y;
  };
  int64_t i = 0;
  for (; i + W <= n; i += W)
    store(out + i, normed(load(x + i), load(job.weight + i), load(job.bias + i)));
  const int rest = int(n - i);
  if (rest)
    storePart(out + i,
              normed(loadPart(x + i, rest), loadPart(job.weight + i, rest),
                     loadPart(job.bias + i, rest)),
              rest);
}

// The rows of a view of a layer norm's shape.
class Rows {
 public:
  Rows(const View& view, int64_t channels) : channels_(channels) {
    int64_t shape[kMaxRank];
    Order order;
    for (int a = 0; a < view.rank; a++) {
      shape[a] = view.axes[a].size;
      order.axis[a] = a;
    }
    const Formula formula{view.rank, shape, &view, Program{1, 0, 1, 0, 0, nullptr, nullptr}};
    walk_ = prepare(formula, order, &input_);
    walk_.input = &input_;
  }
  Rows(const Rows&) = delete;

  int64_t count() const { return channels_ ? walk_.count(0, walk_.rank) / channels_ : 0; }
  // In place, or in `buffer`.
  const float* at(int64_t row, float* buffer) const {
    int64_t index[kMaxRank];
    indexOf(walk_, row * channels_, index);
    return readBlock(walk_, input_, index, int(channels_), buffer);
  }

 private:
  int64_t channels_;
  View input_;
  Walk walk_;
};

static void layerNormKernel(Engine& engine, const LayerNormJob& job, Target out) {
  const int64_t n = job.channels;
  const Rows rows(job.x, n);
  const int64_t count = rows.count(), together = ceilDiv(kTaskElements, most<int64_t>(1, n));
  const Scratch memory(engine.memory, size_t(2 * n) * engine.pool.threads());
  parallel(engine.pool, ceilDiv(count, together), [&](int64_t task, int thread) {
    float* buffer = memory.data() + 2 * n * thread;
    for (int64_t r = task * together; r < least((task + 1) * together, count); r++) {
      const float* x = rows.at(r, buffer);
      float* y = out.format == Format::f32 ? out.as<float>() + r * n : buffer + n;
      if (job.isSilu)
        normRow<true>(job, x, y);
      else
        normRow<false>(job, x, y);
      if (out.format == Format::bf16) writeRounded(y, n, out.as<Bf16>() + r * n);
    }
  });
}
