// The most floating-point operations the machine can do: multiply-adds on registers, as many in
// flight as the inner kernels have.

static double multiplyAdds(Engine& engine, int64_t rounds) {
  const int threads = engine.pool.threads();
  const Scratch sink(engine.memory, size_t(threads) * W);
  parallel(engine.pool, threads, [&](int64_t task, int) {
    vf sum[kRows * kVectors];
#pragma GCC unroll 24
    for (int i = 0; i < kRows * kVectors; i++) sum[i] = splat(float(i + task) * 0.001f);
    vf a = splat(0.999f), b = splat(0.0001f);
    for (int64_t k = 0; k < rounds; k++) {
#pragma GCC unroll 24
      for (int i = 0; i < kRows * kVectors; i++) sum[i] = sum[i] * a + b;
    }
    vf total{};
    for (int i = 0; i < kRows * kVectors; i++) total += sum[i];
    store(sink.data() + task * W, total);
  });
  return double(threads) * double(rounds) * kRows * kVectors * W * 2;
}
