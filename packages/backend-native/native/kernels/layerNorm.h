// Layer norm over contiguous channels and what follows it, some positions at a time:
//
//   x ──row of channels──▶ Σ x ──▶ Σ (x − mean)² ──▶ activation((x − mean) · scale · weight + bias) ──▶ out
//
// The rows stay in the L1 cache for all three passes over them, so memory is read and written once.
// Each waits for its own sums, so several go side by side.

constexpr int kNormTogether = W == 16 ? 8 : 4;  // as many as there are registers for

// Σ f(x, row) over R rows: in float32 for kBlock terms at a time, in double across those.
template <int R, class F>
VIDTOK_INLINE void rowSums(const float* const* p, int64_t n, F f, double* total) {
  for (int r = 0; r < R; r++) total[r] = 0;
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    const int64_t end = least(begin + kBlock, n);
    vf a[R] = {}, b[R] = {};
    int64_t i = begin;
    for (; i + 2 * W <= end; i += 2 * W) {
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        a[r] += f(load(p[r] + i), r);
        b[r] += f(load(p[r] + i + W), r);
      }
    }
    for (; i + W <= end; i += W)
      for (int r = 0; r < R; r++) a[r] += f(load(p[r] + i), r);
    for (int r = 0; r < R; r++) {
      float sum = lanesSum(a[r] + b[r]);
      if (i < end) {
        float lane[W];
        store(lane, f(loadPart(p[r] + i, int(end - i)), r));
        for (int64_t k = 0; k < end - i; k++) sum += lane[k];
      }
      total[r] += sum;
    }
  }
}

// What takes a row to mean 0 and variance 1.
struct Standard {
  float mean, scale;
};

template <int R>
VIDTOK_INLINE void standardsOf(const LayerNormJob& job, const float* const* x,
                               Standard* standards) {
  const int64_t n = job.channels;
  double total[R];
  rowSums<R>(x, n, [](vf v, int) { return v; }, total);
  float mean[R];
  for (int r = 0; r < R; r++) mean[r] = float(total[r] / double(n));
  rowSums<R>(x, n, [&](vf v, int r) { return (v - mean[r]) * (v - mean[r]); }, total);
  for (int r = 0; r < R; r++)
    standards[r] = {mean[r], 1 / __builtin_sqrtf(float(total[r] / double(n)) + job.eps)};
}

#ifdef __AVX512BF16__
// Of rows of bf16 numbers, a multiple of 2W of them: Σ x and Σ x² in one pass, in pairs. What float32
// loses in Σ x² − (Σ x)² / n is less than x lost when it was rounded.
template <int R>
VIDTOK_INLINE void standardsOf(const LayerNormJob& job, const Bf16* const* x,
                               Standard* standards) {
  const int64_t n = job.channels;
  const vu ones = 0x3f803f80 + vu{};
  double total[R] = {}, squares[R] = {};
  for (int64_t begin = 0; begin < n; begin += kBlock) {
    vf a[R] = {}, b[R] = {};
    for (int64_t i = begin; i < least(begin + kBlock, n); i += 2 * W) {
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        const vu pairs = Pairs::loadOf(reinterpret_cast<const float*>(x[r] + i));
        a[r] = Pairs::multiplyAdd(a[r], pairs, ones);
        b[r] = Pairs::multiplyAdd(b[r], pairs, pairs);
      }
    }
    for (int r = 0; r < R; r++) {
      total[r] += lanesSum(a[r]);
      squares[r] += lanesSum(b[r]);
    }
  }
  for (int r = 0; r < R; r++) {
    const double mean = total[r] / double(n);
    const double variance = most(0.0, squares[r] / double(n) - mean * mean);
    standards[r] = {float(mean), 1 / __builtin_sqrtf(float(variance) + job.eps)};
  }
}
#endif

VIDTOK_INLINE vf siluFor(const float*, vf x) { return siluOf(x); }
VIDTOK_INLINE vf siluFor(const Bf16*, vf x) { return roughSiluOf(x); }

template <int R, bool isSilu, class In, class Out>
static void normRows(const LayerNormJob& job, const In* const* x, Out* out) {
  const int64_t n = job.channels;
  const float *weight = job.weight, *bias = job.bias;
  Standard standards[R];
  standardsOf<R>(job, x, standards);
  for (int r = 0; r < R; r++, out += n) {
    const auto normed = [mean = standards[r].mean, scale = standards[r].scale, out](
                            vf v, vf weight, vf bias) {
      const vf y = (v - mean) * (scale * weight) + bias;
      return isSilu ? siluFor(out, y) : y;
    };
    int64_t i = 0;
    for (; i + W <= n; i += W)
      store(out + i, normed(load(x[r] + i), load(weight + i), load(bias + i)));
    const int rest = int(n - i);
    if (rest)
      storePart(out + i,
                normed(loadPart(x[r] + i, rest), loadPart(weight + i, rest),
                       loadPart(bias + i, rest)),
                rest);
  }
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
    isRun_ = walk_.rank == 1 && input_.data && input_.axes[0].stride == 1 &&
             input_.axes[0].unpadded();
  }
  Rows(const Rows&) = delete;

  int64_t count() const { return channels_ ? walk_.count(0, walk_.rank) / channels_ : 0; }
  // Whether rows are read in place as bf16 numbers, two vectors at a time.
  bool arePairs() const {
    return isRun_ && input_.format == Format::bf16 && channels_ % (2 * W) == 0;
  }
  VIDTOK_INLINE_METHOD const Bf16* at(int64_t row, float*, Bf16) const {
    return input_.as<Bf16>() + row * channels_;
  }
  // In place, or in `buffer`.
  VIDTOK_INLINE_METHOD const float* at(int64_t row, float* buffer, float = 0) const {
    const int64_t first = row * channels_;
    if (isRun_ && input_.format == Format::f32) return input_.as<float>() + first;
    if (!isRun_) return anyAt(first, buffer);
    readNumbers<Widening>(input_.as<Bf16>() + first, channels_, buffer);
    return buffer;
  }

 private:
  const float* anyAt(int64_t first, float* buffer) const {
    int64_t index[kMaxRank];
    indexOf(walk_, first, index);
    return readBlock(walk_, input_, index, int(channels_), buffer);
  }

  int64_t channels_;
  bool isRun_;  // whether rows follow each other
  View input_;
  Walk walk_;
};

template <bool isSilu, class In, class Out>
static void layerNormOf(Engine& engine, const LayerNormJob& job, const Rows& rows, Out* out) {
  const int64_t n = job.channels;
  const int64_t count = rows.count(), together = ceilDiv(kTaskElements, most<int64_t>(1, n));
  const Scratch memory(engine.memory, {engine.pool.threads(), kNormTogether, n});
  parallel(engine.pool, ceilDiv(count, together), [&](int64_t task, int thread) {
    float* buffer = memory.data() + kNormTogether * n * thread;
    const int64_t end = least((task + 1) * together, count);
    for (int64_t row = task * together; row < end;) {
      const In* x[kNormTogether];
      const int64_t left = least<int64_t>(kNormTogether, end - row);
      for (int64_t r = 0; r < left; r++) x[r] = rows.at(row + r, buffer + r * n, In());
      if (left == kNormTogether)
        normRows<kNormTogether, isSilu>(job, x, out + row * n);
      else
        for (int64_t r = 0; r < left; r++) normRows<1, isSilu>(job, x + r, out + (row + r) * n);
      row += left;
    }
  });
}

template <bool isSilu, class Out>
static void layerNormOf(Engine& engine, const LayerNormJob& job, Out* out) {
  const Rows rows(job.x, job.channels);
#ifdef __AVX512BF16__
  if (rows.arePairs()) return layerNormOf<isSilu, Bf16>(engine, job, rows, out);
#endif
  layerNormOf<isSilu, float>(engine, job, rows, out);
}

static void layerNormKernel(Engine& engine, const LayerNormJob& job, Target out) {
  withStored(out.format, [&](auto number) {
    auto* const to = out.as<decltype(number)>();
    if (job.isSilu)
      layerNormOf<true>(engine, job, to);
    else
      layerNormOf<false>(engine, job, to);
  });
}
