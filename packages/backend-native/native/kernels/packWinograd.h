// The weight of `winograd.h`: U = G g Gᵀ of every 3 × 3 taps g, [temporal tap][place], each packed as
// `gemm.h` wants it: [block of outputs][channel][output].

constexpr int kPlaces = 16;

static Packing placePacking(int64_t outputs, int64_t channels) {
  return packingOf<Floats>(outputs, 1, channels);
}

static int64_t winogradSize(int64_t outputs, int64_t frames, int64_t channels) {
  return kPlaces * frames * placePacking(outputs, channels).size();
}

// (a, b, c) · Gᵀ
template <class T>
VIDTOK_INLINE void expandTaps(T a, T b, T c, T* to, int step) {
  const T even = (a + c) * 0.5f, odd = b * 0.5f;
  to[0] = a;
  to[step] = even + odd;
  to[2 * step] = even - odd;
  to[3 * step] = c;
}

// The 16 places of one square of taps, which `at(kh, kw)` reads.
template <class T, class F>
VIDTOK_INLINE void expandSquare(const F& at, T* u) {
  T rows[12];
  for (int kh = 0; kh < 3; kh++) expandTaps(at(kh, 0), at(kh, 1), at(kh, 2), rows + 4 * kh, 1);
  for (int k = 0; k < 4; k++) expandTaps(rows[k], rows[4 + k], rows[8 + k], u + k, 4);
}

// W numbers, `stride` apart.
template <class Reader>
VIDTOK_INLINE vf readStrided(const typename Reader::Stored* p, int64_t stride) {
  if (stride == 1) return Reader::many(p);
  vf numbers;
  for (int i = 0; i < W; i++) numbers[i] = Reader::one(p[i * stride]);
  return numbers;
}

// W outputs of W channels, from `g` on; `to` is where the first channel's go in the first place, and
// places are `pitch` apart.
template <class Reader>
static void expandTile(const typename Reader::Stored* g, const Axis* axes, int64_t pitch,
                       int64_t width, float* to) {
  const int64_t o = axes[0].stride, h = axes[2].stride, w = axes[3].stride, c = axes[4].stride;
  const bool isAcross = o != 1;  // vectors are of channels and have to be turned
  vf u[W][kPlaces];
  for (int i = 0; i < W; i++) {
    const auto* from = g + i * (isAcross ? o : c);
    const auto at = [&](int kh, int kw) {
      return readStrided<Reader>(from + kh * h + kw * w, isAcross ? c : o);
    };
    expandSquare(at, u[i]);
  }
  for (int p = 0; p < kPlaces; p++) {
    vu rows[W];
    for (int i = 0; i < W; i++) rows[i] = reinterpret_cast<vu>(u[i][p]);
    if (isAcross) transposeWords(rows);
    for (int i = 0; i < W; i++) store(to + p * pitch + i * width, reinterpret_cast<vf>(rows[i]));
  }
}

// Outputs and channels fill whole vectors.
template <class Reader>
static void packWinogradOf(Engine& engine, const View& weight, float* packed) {
  const Axis* axes = weight.axes;
  const int64_t channels = axes[4].size, o = axes[0].stride;
  const Packing packing = placePacking(axes[0].size, channels);
  const int64_t pitch = packing.size(), width = packing.width;
  parallel(engine.pool, packing.blocks * axes[1].size, [&](int64_t task, int) {
    const int64_t kt = task / packing.blocks, first = task % packing.blocks * width;
    float* to = packed + kt * kPlaces * pitch + packing.at(task % packing.blocks, 0);
    const auto* from = weight.as<typename Reader::Stored>() + first * o + kt * axes[1].stride;
    for (int64_t i = 0; i < width; i += W) {
      for (int64_t k = 0; k < channels; k += W) {
        float* tile = to + k * width + i;
        if (first + i < packing.outputs) {
          expandTile<Reader>(from + i * o + k * axes[4].stride, axes, pitch, width, tile);
          continue;
        }
        for (int p = 0; p < kPlaces; p++)
          for (int r = 0; r < W; r++) store(tile + p * pitch + r * width, vf{});
      }
    }
  });
}

static void packWinograd(Engine& engine, const View& weight, Format operands, float* packed) {
  const Readable dense(engine, weight, isUnpadded(weight));
  withReader(dense.view.format, operands, [&](auto reader) {
    packWinogradOf<decltype(reader)>(engine, dense.view, packed);
  });
}
