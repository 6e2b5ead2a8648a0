// How the gradient of a convolution's weight is cut into tasks, for `convWeight.h`.

// A packed line of dy and the packed line of x that one tap meets it with.
struct LinePair {
  const float* dy;
  const float* x;
};

constexpr int64_t kTasks = 16;

// How much a task takes at a time.
template <class Words>
struct WeightSizes {
  // Floats of its sums: they stay in L2, of which machines with AVX-512 have 1 MiB at least.
  static constexpr int64_t kSums = (W == 16 ? 96 : 48) * 1024;
  static constexpr int64_t kFlushPixels = 2048;
  // That sums stay in registers for, at least, where frames have them.
  static constexpr int64_t kPixels = 128;
  static constexpr int64_t kLineUnit = 1;  // that a line is a multiple of
};
#ifdef VIDTOK_TILES
constexpr int64_t kBlockPixels = 32;  // that tiles take at once
// As tiles multiply so fast, more products have to be made of what is packed.
template <>
struct WeightSizes<Tiles> {
  static constexpr int64_t kSums = 192 * 1024, kFlushPixels = 8192, kPixels = 256;
  static constexpr int64_t kLineUnit = kBlockPixels;
};
#endif

struct WeightPlan {
  const ConvWeightJob& job;
  const Phase* patches;  // that channels of x are made of, see `weightMethods.h`; or null
  int64_t outputs = 0, channels = 0, taps = 0, pixels = 0;
  int64_t outputStep = 0, channelStep = 0, outputBlocks = 0, channelBlocks = 0, ranges = 0;
  int64_t together = 0;           // lines of one frame that are walked at once, a group
  int64_t groups = 0, perFrame = 0;
  bool isAlongTime = false;       // whether the next group is that of the next frame
  int64_t span = 0;               // pixels of a packed line of x
  int64_t frames = 0, slots = 0;  // that packed lines are kept of, lines of each
  int vectors = 0;                // of channels of a tile
  int64_t tileSums = 0;           // vectors of a tile

  int64_t rows() const { return tileSums / vectors; }
  int64_t width() const { return vectors * W; }
  int64_t sumsSize() const { return taps * outputStep * channelStep; }
  int64_t dySize() const { return pixels * outputStep; }  // of a line
  int64_t lineSize() const { return span * channelStep; }
  // Of packed lines of x and which they are.
  int64_t heldSize() const { return frames * slots * (lineSize() + 2); }
  int64_t patchesSize() const {
    return patches ? job.x.axes[3].size * job.x.axes[3].stride + W : 0;
  }
  int64_t threadSize() const {
    return sumsSize() + together * dySize() + heldSize() + patchesSize();
  }

  // Which image, frame and first line a group is.
  struct Group {
    int64_t image, frame, line;
  };
  Group groupAt(int64_t i) const {
    const int64_t frames = job.axes[0].out, image = i / (frames * perFrame);
    const int64_t rest = i % (frames * perFrame);
    if (isAlongTime) return {image, rest % frames, rest / frames * together};
    return {image, rest / perFrame, rest % perFrame * together};
  }
};

template <class Words>
static WeightPlan planWeight(const ConvWeightJob& job, const Phase* patches) {
  typedef WeightSizes<Words> Sizes;
  const ConvAxis* a = job.axes;
  WeightPlan plan{job, patches};
  plan.outputs = job.dy.axes[4].size;
  plan.channels = job.x.axes[4].size;
  plan.taps = a[0].taps * a[1].taps * a[2].taps;
  plan.pixels = ceilDiv(a[2].out, Sizes::kLineUnit) * Sizes::kLineUnit;
  plan.vectors = vectorsOf<Words>(plan.channels);
  plan.tileSums = Words::kSums;
  // As many outputs as channels: a packed value of either is then used equally often.
  int64_t side = 1;
  while (side * side * plan.taps < Sizes::kSums) side++;
  plan.outputStep =
      least(ceilDiv(side, plan.rows()), ceilDiv(plan.outputs, plan.rows())) * plan.rows();
  const int64_t column = plan.taps * plan.outputStep * plan.width();
  const int64_t fitting = most<int64_t>(1, Sizes::kSums / column);
  plan.channelStep = least(fitting, ceilDiv(plan.channels, plan.width())) * plan.width();
  plan.channelBlocks = ceilDiv(plan.channels, plan.channelStep);
  plan.outputBlocks = ceilDiv(plan.outputs, plan.outputStep);
  plan.span = (plan.pixels - 1) * a[2].stride + (a[2].taps - 1) * a[2].dilation + 1;
  plan.together = least(a[1].out, ceilDiv(Sizes::kPixels, most<int64_t>(1, plan.pixels)));
  plan.perFrame = ceilDiv(a[1].out, most<int64_t>(1, plan.together));
  plan.groups = job.x.axes[0].size * a[0].out * plan.perFrame;
  plan.frames = (a[0].taps - 1) * a[0].dilation + 1;
  plan.slots = (plan.together - 1) * a[1].stride + (a[1].taps - 1) * a[1].dilation + 1;
  // A line of x is packed for each temporal tap if groups follow each other down a frame, for each
  // group that reaches it if they follow each other in time.
  plan.isAlongTime = plan.slots < plan.together * a[1].stride * a[0].taps;
  const int64_t blocks = most<int64_t>(1, plan.outputBlocks * plan.channelBlocks);
  const int64_t flushes = plan.groups * plan.together * plan.pixels / Sizes::kFlushPixels;
  plan.ranges = most<int64_t>(1, least(least(plan.groups, flushes), kTasks / blocks));
  return plan;
}

// The part of dw that a task computes, and its working memory.
struct WeightTask {
  const WeightPlan& plan;
  int64_t firstOutput, firstChannel;
  int64_t outputTiles, channelTiles;
  float* sums;     // [tap][channel tile][output tile][rows][width]
  float* dy;       // [line][output tile][pixel][rows]
  float* x;        // [kt][slot][channel tile][pixel][width]
  float* patches;  // a line of x
};
