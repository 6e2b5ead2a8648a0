// The most floating-point operations the machine can do: multiply-adds on registers, as many in
// flight as the inner kernels have.

// Multiply-adds of one thread on words of the kernels.
template <class Words>
static double multiplyAddsOf(int64_t rounds, float* sink) {
  constexpr int count = Words::kSums;
  vf sum[count];
#pragma GCC unroll 24
  for (int i = 0; i < count; i++) sum[i] = splat(float(i) * 0.001f);
  auto one = reinterpret_cast<typename Words::Vector>(splat(0.999f));
  for (int64_t k = 0; k < rounds; k++) {
    // Another number as far as the compiler knows, so that it multiplies each time.
    asm volatile("" : "+m"(one));
#pragma GCC unroll 24
    for (int i = 0; i < count; i++) sum[i] = Words::multiplyAdd(sum[i], one, one);
  }
  vf total{};
#pragma GCC unroll 24
  for (int i = 0; i < count; i++) total += sum[i];
  store(sink, total);
  return double(rounds) * count * W * Words::kChannels * 2;
}

#ifdef VIDTOK_TILES
template <>
double multiplyAddsOf<Tiles>(int64_t rounds, float*) {
  const Tiles::Setup setup;
  alignas(64) float numbers[16 * 16] = {};
  settle(numbers);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, numbers, 64);
  _tile_loadd(5, numbers, 64);
  _tile_loadd(6, numbers, 64);
  _tile_loadd(7, numbers, 64);
  for (int64_t k = 0; k < rounds; k++) {
    _tile_dpbf16ps(0, 6, 4);
    _tile_dpbf16ps(1, 6, 5);
    _tile_dpbf16ps(2, 7, 4);
    _tile_dpbf16ps(3, 7, 5);
  }
  settle(numbers);
  return double(rounds) * 4 * 16 * 16 * 32 * 2;
}
#endif

static double multiplyAdds(Engine& engine, Format operands, int64_t rounds) {
  const int threads = engine.pool.threads();
  const Scratch sink(engine.memory, {threads, W});
  double operations = 0;
  withWords(operands, [&](auto words) {
    parallel(engine.pool, threads, [&](int64_t task, int) {
      const double done = multiplyAddsOf<decltype(words)>(rounds, sink.data() + task * W);
      if (task == 0) operations = done * threads;
    });
  });
  return operations;
}
