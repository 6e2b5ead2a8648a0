// What the session calls of convolutions: each method by its name.

static void convKernel(Engine& engine, const ConvJob& job, Target out) {
  if (job.method == Method::winograd) return winogradConv(engine, job, out.as<float>());
  withWords(job.operands, [&](auto words) { convOf<decltype(words)>(engine, job, out); });
}

static int64_t packedSize(const View& weight, Format operands, Method method) {
  const Axis* axes = weight.axes;
  const int64_t outputs = axes[0].size, channels = axes[4].size;
  if (method == Method::winograd) return winogradSize(outputs, axes[1].size, channels);
  const int64_t taps = axes[1].size * axes[2].size * axes[3].size;
  return withWords(operands, [&](auto words) {
    return packingOf<decltype(words)>(outputs, taps, channels).size();
  });
}

static void packKernel(Engine& engine, const View& weight, Format operands, Method method,
                       float* packed) {
  if (method == Method::winograd) return packWinograd(engine, weight, packed);
  withWords(operands,
            [&](auto words) { packOf<decltype(words)>(engine, weight, operands, packed); });
}
