// What the outputs of a convolution read. With zeros between inputs (inputDilation d) or repeated
// inputs (repeat r) they fall into phases: outputs of one residue meet inputs with the same taps, so
// each phase is an ordinary convolution of its own.
//
//   inputDilation 2   0 x 0 x 0 x    a phase has a subset of the taps; nothing is multiplied by zeros
//   repeat 2          x x y y z z    taps that meet the same input are added up beforehand, so 3
//                                    taps become 2: a phase has a weight of its own

// One axis of one phase: outputs first, first + period, …; tap `tap[i]` of output j reads input
// `from[i] + j·step`. Of repeated inputs that stands for taps [tap[i], tap[i + 1]).
struct PhaseAxis {
  int64_t first, period, count, step;
  int taps;
  int* tap;
  int64_t* from;
};

static constexpr int64_t gcdOf(int64_t a, int64_t b) { return b ? gcdOf(b, a % b) : a; }
static int64_t floorDiv(int64_t a, int64_t b) { return a < 0 ? -ceilDiv(-a, b) : a / b; }

// `tap` has room for one more than the taps.
static PhaseAxis phaseAxis(const ConvAxis& axis, int64_t residue, int* tap, int64_t* from) {
  const int64_t cycle = axis.inputDilation * axis.repeat;
  const int64_t period = cycle / gcdOf(cycle, axis.stride);
  PhaseAxis phase{residue,
                  period,
                  residue < axis.out ? ceilDiv(axis.out - residue, period) : 0,
                  axis.stride * period / cycle,
                  0,
                  tap,
                  from};
  for (int64_t k = 0; k < axis.taps; k++) {
    const int64_t at = residue * axis.stride + k * axis.dilation - axis.padding;
    if (at % axis.inputDilation != 0) continue;
    const int64_t input = floorDiv(at, cycle);
    if (axis.repeat > 1 && phase.taps && from[phase.taps - 1] == input) continue;
    tap[phase.taps] = int(k);
    from[phase.taps++] = input;
  }
  tap[phase.taps] = int(axis.taps);
  return phase;
}

// All phases of three axes.
class Phases {
 public:
  Phases(Engine& engine, const ConvAxis* axes)
      : axes_(axes), memory_(engine.memory, {longest(axes) + 1, 9}) {
    for (int a = 0; a < 3; a++) {
      const int64_t cycle = axes[a].inputDilation * axes[a].repeat;
      period_[a] = cycle / gcdOf(cycle, axes[a].stride);
      isMerged |= axes[a].repeat > 1;
    }
    // Phases behind the last output are left out, but where the packed weight counts them.
    for (int a = 0; a < 3; a++)
      if (!isMerged) period_[a] = least(period_[a], most<int64_t>(1, axes[a].out));
  }

  int64_t count() const { return period_[0] * period_[1] * period_[2]; }

  // The axes of phase `i`, in memory that the next call takes again.
  void at(int64_t i, PhaseAxis* phase) const {
    const int64_t residue[3] = {i / period_[2] / period_[1], i / period_[2] % period_[1],
                                i % period_[2]};
    const int64_t length = longest(axes_) + 1;
    int64_t* from = reinterpret_cast<int64_t*>(memory_.data());
    int* tap = reinterpret_cast<int*>(from + 3 * length);
    for (int a = 0; a < 3; a++)
      phase[a] = phaseAxis(axes_[a], residue[a], tap + a * length, from + a * length);
  }

  bool isMerged = false;  // whether each phase has a weight of its own

 private:
  static int64_t longest(const ConvAxis* axes) {
    return most(axes[0].taps, most(axes[1].taps, axes[2].taps));
  }

  const ConvAxis* axes_;
  Scratch memory_;
  int64_t period_[3];
};

// The weight [o, kt, kh, kw, c] of a phase of repeated inputs, dense.
static void mergeTaps(Engine& engine, const View& weight, const PhaseAxis* phase, float* out) {
  const Axis* axes = weight.axes;
  const int64_t channels = axes[4].size;
  parallel(engine.pool, axes[0].size, [&](int64_t o, int) {
    float* to = out + o * phase[0].taps * phase[1].taps * phase[2].taps * channels;
    const float* from = weight.as<float>() + o * axes[0].stride;
    for (int t = 0; t < phase[0].taps; t++) {
      for (int h = 0; h < phase[1].taps; h++) {
        for (int w = 0; w < phase[2].taps; w++, to += channels) {
          for (int64_t c = 0; c < channels; c++) to[c] = 0;
          for (int kt = phase[0].tap[t]; kt < phase[0].tap[t + 1]; kt++)
            for (int kh = phase[1].tap[h]; kh < phase[1].tap[h + 1]; kh++)
              for (int kw = phase[2].tap[w]; kw < phase[2].tap[w + 1]; kw++) {
                const float* tap =
                    from + kt * axes[1].stride + kh * axes[2].stride + kw * axes[3].stride;
                for (int64_t c = 0; c < channels; c++) to[c] += tap[c * axes[4].stride];
              }
        }
      }
    }
  });
}

// A frame of the input, or of what stands before it; `view` is null outside both.
struct Frame {
  const View* view;
  int64_t t;
};

static Frame frameOf(const ConvJob& job, int64_t image, int64_t t) {
  const int64_t frames = job.before.data ? job.before.axes[1].size : 0;
  const View& view = t < frames ? job.before : job.x;
  const int64_t at = t < frames ? t : t - frames;
  const bool isFrame = view.data && inside(view.axes[0], image) && inside(view.axes[1], at);
  return {isFrame ? &view : nullptr, at};
}

static int64_t elementAt(const View& x, int64_t image, int64_t t, int64_t h) {
  return image * x.axes[0].stride + t * x.axes[1].stride + h * x.axes[2].stride;
}

// The outputs of a pixel of the result in the residual.
static int64_t residualAt(const ConvJob& job, int64_t image, int64_t t, int64_t h, int64_t w) {
  const View& r = job.blend.residual;
  const int64_t index[3] = {t, h, w};
  int64_t at = image * r.axes[0].stride;
  for (int a = 0; a < 3; a++)
    at += index[a] * r.axes[a + 1].size / job.axes[a].out * r.axes[a + 1].stride;
  return at;
}

// One phase of a convolution.
struct Phase {
  const ConvJob& job;
  PhaseAxis axis[3];
  bool isMerged;  // its taps are numbered by themselves, not as the convolution's
  const float* packed;
  const float* zeros;
  int numbers;  // of a word

  int64_t pixels() const {
    return job.x.axes[0].size * axis[0].count * axis[1].count * axis[2].count;
  }
  int taps() const { return axis[0].taps * axis[1].taps * axis[2].taps; }
  // Inputs along an axis that the taps of one output reach over.
  static int64_t reach(const PhaseAxis& a) {
    return a.taps ? a.from[a.taps - 1] - a.from[0] + 1 : 0;
  }
};
