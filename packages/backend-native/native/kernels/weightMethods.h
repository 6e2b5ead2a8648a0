// The gradient of a convolution's weight where channels or outputs are few, by `convWeight.h`:
//
//   few channels   all taps of a pixel are its channels, as in `convPatches.h`
//   few outputs    x and dy change places: dw[o, tap, c] is what dw[c, last − tap, o] is of the
//                  convolution that takes dy to x, whose channels are few

static void patchesWeight(Engine& engine, const ConvWeightJob& job, float* out) {
  const ConvAxis* axes = job.axes;
  const ConvJob conv{job.x, {}, job.operands, Method::patches, nullptr, nullptr, 0,
                     {axes[0], axes[1], axes[2]}, {}};
  const Phases phases(engine, axes);
  Phase phase{conv, {}, false, nullptr, nullptr, 1};
  phases.at(0, phase.axis);
  const Patch patch(phase);
  const int64_t pitch = patch.pitch(patch.size);
  ConvWeightJob each = job;
  each.x.format = job.operands;
  for (int a = 0; a < 3; a++) {
    const int64_t size = axes[a].out;
    each.axes[a] = ConvAxis{size, 1, size, 1, 1, 1, 0, 1};
    each.x.axes[a + 1] = Axis{size, a == 2 ? pitch : 0, 0, size};
  }
  each.x.axes[4] = Axis{patch.size, 1, 0, patch.size};
  wordsWeight(engine, each, &phase, out);
}

static void weightByChannels(Engine& engine, const ConvWeightJob& job, float* out) {
  if (goesInPatches(job.axes, job.x.axes[4].size)) return patchesWeight(engine, job, out);
  wordsWeight(engine, job, nullptr, out);
}

static bool turns(const ConvWeightJob& job) {
  bool isPlain = true;
  for (const ConvAxis& axis : job.axes) isPlain &= axis.stride == 1 && axis.dilation == 1;
  const int64_t channels = job.x.axes[4].size, outputs = job.dy.axes[4].size;
  return isPlain && outputs < channels && goesInPatches(job.axes, outputs);
}

static void turnedWeight(Engine& engine, const ConvWeightJob& job, float* out) {
  ConvWeightJob turned = job;
  turned.x = job.dy;
  turned.dy = job.x;
  int64_t taps = 1;
  for (ConvAxis& axis : turned.axes) {
    axis = ConvAxis{axis.out, axis.taps, axis.in, 1, 1, 1, axis.taps - 1 - axis.padding, 1};
    taps *= axis.taps;
  }
  const int64_t channels = job.x.axes[4].size, outputs = job.dy.axes[4].size;
  const Scratch dw(engine.memory, {outputs, taps, channels});
  weightByChannels(engine, turned, dw.data());
  for (int64_t o = 0; o < outputs; o++)
    for (int64_t tap = 0; tap < taps; tap++)
      for (int64_t c = 0; c < channels; c++)
        *out++ = dw.data()[(c * taps + taps - 1 - tap) * outputs + o];
}
