// The vectorised interpreter: one block of elements at a time runs through all instructions while
// it stays in the L1 cache.
//
//   inputs ──readBlock──▶ registers 0 … inputs−1 (or pointers into tensors with contiguous rows)
//   constants ──once────▶ the next registers
//   instruction i ──────▶ its register; the last one writes the output

template <class F>
VIDTOK_INLINE void each(float* to, const float* a, int n, F f) {
  int i = 0;
  for (; i + W <= n; i += W) store(to + i, f(load(a + i)));
  if (i < n) storePart(to + i, f(loadPart(a + i, n - i)), n - i);
}

template <class F>
VIDTOK_INLINE void each(float* to, const float* a, const float* b, int n, F f) {
  int i = 0;
  for (; i + W <= n; i += W) store(to + i, f(load(a + i), load(b + i)));
  if (i < n) storePart(to + i, f(loadPart(a + i, n - i), loadPart(b + i, n - i)), n - i);
}

static void choose(float* to, const float* condition, const float* a, const float* b, int n) {
  int i = 0;
  for (; i + W <= n; i += W)
    store(to + i, select(load(condition + i) != 0.0f, load(a + i), load(b + i)));
  for (; i < n; i++) to[i] = condition[i] != 0 ? a[i] : b[i];
}

static void execute(Op op, float* to, const float* a, const float* b, const float* c, int n) {
  switch (op) {
    case Op::add:
      return each(to, a, b, n, [](vf x, vf y) { return x + y; });
    case Op::mul:
      return each(to, a, b, n, [](vf x, vf y) { return x * y; });
    case Op::div:
      return each(to, a, b, n, [](vf x, vf y) { return x / y; });
    case Op::max:
      return each(to, a, b, n, [](vf x, vf y) { return maximum(x, y); });
    case Op::min:
      return each(to, a, b, n, [](vf x, vf y) { return minimum(x, y); });
    case Op::less:
      return each(to, a, b, n, [](vf x, vf y) { return select(x < y, splat(1), vf{}); });
    case Op::where:
      return choose(to, a, b, c, n);
    case Op::abs:
      return each(to, a, n, [](vf x) { return absolute(x); });
    case Op::exp:
      return each(to, a, n, [](vf x) { return expOf(x); });
    case Op::log:
      return each(to, a, n, [](vf x) { return logOf(x); });
    case Op::sqrt:
      for (int i = 0; i < n; i++) to[i] = __builtin_sqrtf(a[i]);
      return;
    case Op::tanh:
      return each(to, a, n, [](vf x) { return tanhOf(x); });
    case Op::sigmoid:
      return each(to, a, n, [](vf x) { return sigmoidOf(x); });
    case Op::floor:
      return each(to, a, n, [](vf x) { return floorOf(x); });
    case Op::round:
      return each(to, a, n, [](vf x) { return roundEven(x); });
    case Op::stop:
      return each(to, a, n, [](vf x) { return x; });
    case Op::count:
      return;
  }
}

// Evaluates a formula block by block, with registers for every thread.
class Evaluator {
 public:
  Evaluator(Engine& engine, const Walk& walk, const Program& program)
      : walk_(walk),
        program_(program),
        perThread_(int64_t(program.registers) * kBlock),
        registers_(engine.memory, {engine.pool.threads(), perThread_}),
        pointers_(engine.memory, {engine.pool.threads(), program.registers, 2}) {
    for (int t = 0; t < engine.pool.threads(); t++) {
      for (int r = 0; r < program.registers; r++) pointers(t)[r] = buffer(t, r);
      for (int k = 0; k < program.constants; k++) {
        float* block = buffer(t, program.inputs + k);
        for (int i = 0; i < kBlock; i++) block[i] = program.constant[k];
      }
    }
  }

  // Elements [start, start + count), count ≤ kBlock; written to `out` unless that is null. The
  // result is valid until the thread's next call.
  const float* evaluate(int thread, int64_t start, int count, float* out) const {
    const float** reg = pointers(thread);
    int64_t index[kMaxRank];
    indexOf(walk_, start, index);
    for (int i = 0; i < program_.inputs; i++) {
      reg[i] = readBlock(walk_, walk_.input[i], index, count, buffer(thread, i));
    }
    const float* result = reg[program_.result];
    for (int i = 0; i < program_.length; i++) {
      const Instruction& code = program_.code[i];
      const bool isLast = i + 1 == program_.length;
      float* to = isLast && out ? out : buffer(thread, code.to);
      execute(code.op, to, reg[code.a], reg[code.b], reg[code.c], count);
      if (isLast) result = to;
    }
    if (out && result != out) __builtin_memcpy(out, result, size_t(count) * 4);
    return result;
  }

  // What a register holds since the thread's last call.
  const float* value(int thread, int r) const { return pointers(thread)[r]; }

 private:
  float* buffer(int thread, int r) const {
    return registers_.data() + thread * perThread_ + int64_t(r) * kBlock;
  }
  const float** pointers(int thread) const {
    return reinterpret_cast<const float**>(pointers_.data()) + int64_t(thread) * program_.registers;
  }

  const Walk& walk_;
  const Program& program_;
  int64_t perThread_;
  Scratch registers_;
  Scratch pointers_;
};
