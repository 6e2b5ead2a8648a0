// What the session calls of convolutions: each method by its name, each phase with its weight.

static Method convMethod(const View& weight, const ConvJob& job) {
  const int64_t channels = weight.axes[4].size;
  if (goesInSquares(job.axes, channels, job.outputs, job.operands)) return Method::winograd;
  if (goesTurned(job.axes, channels, job.outputs)) return Method::turned;
  if (!goesInPatches(job.axes, channels)) return Method::direct;
  return kHasPairs && job.operands == Format::bf16 ? Method::patches : Method::runs;
}

// Taps whose inputs are taken for channels of one.
static int64_t tapsAsChannels(Method method, const PhaseAxis* phase) {
  if (method == Method::runs) return phase[2].taps;
  return method == Method::patches ? phase[0].taps * phase[1].taps * phase[2].taps : 1;
}

static int64_t packedSizeOf(int64_t outputs, const PhaseAxis* phase, int64_t channels,
                            const ConvJob& job) {
  if (job.method == Method::winograd) return winogradSize(outputs, phase[0].taps, channels);
  int64_t taps = phase[0].taps * phase[1].taps * phase[2].taps;
  if (job.method == Method::turned)
    return withWords(job.operands, [&](auto words) {
      return taps * outputs * wordsOf<decltype(words)>(channels);
    });
  const int64_t merged = tapsAsChannels(job.method, phase);
  taps /= merged;
  channels *= merged;
  return withWords(job.operands, [&](auto words) {
    return packingOf<decltype(words)>(outputs, taps, channels).size();
  });
}

static void packOf(Engine& engine, const View& weight, const ConvJob& job, float* packed) {
  if (job.method == Method::winograd) return packWinograd(engine, weight, job.operands, packed);
  if (job.method == Method::turned)
    return withWords(job.operands, [&](auto words) {
      packTurned<decltype(words)>(engine, weight, job.operands, packed);
    });
  const auto packAs = [&](const View& weight) {
    withWords(job.operands, [&](auto words) {
      packDirect<decltype(words)>(engine, weight, job.operands, packed);
    });
  };
  if (job.method == Method::direct) return packAs(weight);
  const Readable dense(engine, weight, false);
  packAs(asChannels(dense.view, job.method == Method::patches ? 1 : 3));
}

// Calls `body` with the axes of each phase that has a weight of its own; where all share one, with
// all taps.
template <class F>
static void forWeights(Engine& engine, const ConvJob& job, F body) {
  const Phases phases(engine, job.axes);
  PhaseAxis axes[3];
  if (!phases.isMerged) {
    for (int a = 0; a < 3; a++) axes[a].taps = int(job.axes[a].taps);
    return body(axes, false);
  }
  for (int64_t i = 0; i < phases.count(); i++) {
    phases.at(i, axes);
    body(axes, true);
  }
}

static int64_t packedSize(Engine& engine, const View& weight, const ConvJob& job) {
  int64_t size = 0;
  forWeights(engine, job, [&](const PhaseAxis* phase, bool) {
    size += packedSizeOf(weight.axes[0].size, phase, weight.axes[4].size, job);
  });
  return size;
}

static void packKernel(Engine& engine, const View& weight, const ConvJob& job, float* packed) {
  const int64_t outputs = weight.axes[0].size, channels = weight.axes[4].size;
  forWeights(engine, job, [&](const PhaseAxis* phase, bool isMerged) {
    if (!isMerged) return packOf(engine, weight, job, packed);
    const Readable dense(engine, weight, isUnpadded(weight) && weight.format == Format::f32);
    View merged{nullptr, Format::f32, 5, {}};
    int64_t size = 1;
    const int64_t sizes[5] = {outputs, phase[0].taps, phase[1].taps, phase[2].taps, channels};
    for (int a = 4; a >= 0; a--) {
      merged.axes[a] = Axis{sizes[a], size, 0, sizes[a]};
      size *= sizes[a];
    }
    const Scratch memory(engine.memory, size);
    mergeTaps(engine, dense.view, phase, memory.data());
    merged.data = memory.data();
    packOf(engine, merged, job, packed);
    packed += packedSizeOf(outputs, phase, channels, job);
  });
}

static void convKernel(Engine& engine, const ConvJob& given, Target out) {
  const auto isReadable = [](const View& view) { return !view.data || hasContiguousRows(view); };
  const Readable x(engine, given.x, isReadable(given.x));
  const Readable before(engine, given.before, isReadable(given.before));
  const View& residual = given.blend.residual;
  const bool isBlendable =
      !residual.data || (hasContiguousRows(residual) && isUnpadded(residual));
  const Readable blended(engine, residual, isBlendable);
  ConvJob job = given;
  job.x = x.view;
  job.before = before.view;
  job.blend.residual = blended.view;
  if (job.method == Method::winograd) return winogradConv(engine, job, out);
  if (job.method == Method::runs) return runsConv(engine, job, out);
  withWords(job.operands, [&](auto words) {
    typedef decltype(words) Words;
    if constexpr (Words::kChannels == 2) {
      if (job.method == Method::patches) return patchesConv<Words>(engine, job, out);
    }
    if (job.method == Method::turned) return turnedConv<Words>(engine, job, out);
    convOf<Words>(engine, job, out);
  });
}

static void convWeightKernel(Engine& engine, const ConvWeightJob& given, float* out) {
  const Readable x(engine, given.x, hasContiguousRows(given.x));
  const Readable dy(engine, given.dy, hasContiguousRows(given.dy));
  ConvWeightJob job = given;
  job.x = x.view;
  job.dy = dy.view;
  const int64_t channels = job.x.axes[4].size, outputs = job.dy.axes[4].size;
  if (goesInSquares(job.axes, channels, outputs, job.operands))
    return winogradWeight(engine, job, out);
  turns(job) ? turnedWeight(engine, job, out) : weightByChannels(engine, job, out);
}
