// Sums and maxima of formulas. The walk follows the memory of the largest input; what decides is
// its innermost axis:
//
//   rows:     [kept …][reduced …]
//             Every output is one contiguous run: blocks are summed as they are evaluated.
//   columns:  [kept …][reduced …][columns ≤ 512]
//             The innermost axes are (also) kept: rows of columns are added up element by element,
//             and columns that belong to one output are joined at the very end.
//
// Sums run in float32 for a few hundred terms at a time and in double across those. Work is cut at
// fixed places, so results do not depend on the number of threads.

constexpr int64_t kChunk = 16384;  // elements of a run, or of a stack of rows, that one task sums

VIDTOK_INLINE float lanesSum(vf v) {
#ifdef __AVX512F__
  return _mm512_reduce_add_ps((__m512)v);  // adds halves, as below
#else
  float lane[W];
  store(lane, v);
  for (int n = W / 2; n > 0; n /= 2)
    for (int i = 0; i < n; i++) lane[i] += lane[i + n];
  return lane[0];
#endif
}

static float sumOf(const float* p, int n) {
  vf a{}, b{}, c{}, d{};
  int i = 0;
  for (; i + 4 * W <= n; i += 4 * W) {
    a += load(p + i);
    b += load(p + i + W);
    c += load(p + i + 2 * W);
    d += load(p + i + 3 * W);
  }
  for (; i + W <= n; i += W) a += load(p + i);
  float sum = i ? lanesSum((a + b) + (c + d)) : 0;
  for (; i < n; i++) sum += p[i];
  return sum;
}

VIDTOK_INLINE float larger(float a, float b) { return a > b || a != a ? a : b; }

static float maxOf(const float* p, int n) {
  float best = -__builtin_inff();
  int i = 0;
  if (n >= W) {
    vf a = load(p), b = a, c = a, d = a;
    for (; i + 4 * W <= n; i += 4 * W) {
      a = maximum(a, load(p + i));
      b = maximum(b, load(p + i + W));
      c = maximum(c, load(p + i + 2 * W));
      d = maximum(d, load(p + i + 3 * W));
    }
    for (; i + W <= n; i += W) a = maximum(a, load(p + i));
    float lane[W];
    store(lane, maximum(maximum(a, b), maximum(c, d)));
    for (int k = 0; k < W; k++) best = larger(best, lane[k]);
  }
  for (; i < n; i++) best = larger(best, p[i]);
  return best;
}

VIDTOK_INLINE double joinTwo(Reduction op, double a, double b) {
  return op == Reduction::sum ? a + b : (a > b || a != a ? a : b);
}

// The axes by falling stride of the input that spans most memory; repeated axes stay behind the
// axis they follow.
static void memoryOrder(const Formula& formula, int* order) {
  const View* widest = nullptr;
  int64_t span = -1;
  for (int i = 0; i < formula.program.inputs; i++) {
    int64_t n = 1;
    for (int a = 0; a < formula.rank; a++)
      if (formula.inputs[i].axes[a].stride != 0) n *= formula.shape[a];
    if (n > span) {
      span = n;
      widest = &formula.inputs[i];
    }
  }
  int64_t key[kMaxRank];
  for (int a = 0; a < formula.rank; a++) {
    const int64_t stride = widest ? widest->axes[a].stride : 0;
    const bool isMoving = formula.shape[a] > 1 && stride != 0;
    key[a] = isMoving ? (stride < 0 ? -stride : stride) : a ? key[a - 1] : INT64_MAX;
    order[a] = a;
  }
  for (int i = 1; i < formula.rank; i++) {
    for (int j = i; j > 0 && key[order[j - 1]] < key[order[j]]; j--) {
      const int swap = order[j];
      order[j] = order[j - 1];
      order[j - 1] = swap;
    }
  }
}

// Where the columns begin in an order: the innermost axes up to kBlock elements if rows of them are
// added up; the rank if there are none.
static int firstColumn(const Formula& formula, const int* order, int kept) {
  int inner = formula.rank - 1;
  while (inner >= 0 && formula.shape[order[inner]] == 1) inner--;
  if (inner < 0) return formula.rank;
  int first = inner;
  int64_t columns = formula.shape[order[inner]];
  while (first > 0 && columns * formula.shape[order[first - 1]] <= kBlock)
    columns *= formula.shape[order[--first]];
  if (order[inner] < kept) return first;
  bool hasKept = false;
  int64_t rows = 1;
  for (int i = first; i < formula.rank; i++)
    hasKept |= order[i] < kept && formula.shape[order[i]] > 1;
  for (int i = 0; i < first; i++)
    if (order[i] >= kept) rows *= formula.shape[order[i]];
  return hasKept && rows >= 8 && formula.shape[order[inner]] < 32 ? first : formula.rank;
}

enum Group { keptAxis, reducedAxis, keptColumn, reducedColumn };

// [kept …][reduced …][columns …], each in memory order.
static Order reduceOrder(const Formula& formula, int kept) {
  int byMemory[kMaxRank];
  memoryOrder(formula, byMemory);
  const int first = firstColumn(formula, byMemory, kept);
  Order order;
  int n = 0;
  for (const Group pass : {keptAxis, reducedAxis, keptColumn}) {
    for (int i = 0; i < formula.rank; i++) {
      const int axis = byMemory[i];
      const Group group = i >= first ? keptColumn : axis < kept ? keptAxis : reducedAxis;
      if (group != pass) continue;
      order.axis[n++] = axis;
      order.group[axis] = group == keptColumn && axis >= kept ? reducedColumn : group;
    }
  }
  int64_t step = 1;
  for (int a = kept - 1; a >= 0; a--) {
    order.outStride[a] = step;
    step *= formula.shape[a];
  }
  return order;
}

struct ReduceJob {
  Engine& engine;
  const Walk& walk;
  const Evaluator& evaluator;
  Reduction op;
  int keptAxes;
  int64_t kept, reduced, columns;
  float* out;

  double start() const { return op == Reduction::sum ? 0 : -__builtin_inf(); }

  // Where output `k` of the outer kept axes begins.
  int64_t offset(int64_t k) const {
    int64_t at = 0;
    for (int a = keptAxes - 1; a >= 0; a--) {
      at += k % walk.size[a] * walk.outStride[a];
      k /= walk.size[a];
    }
    return at;
  }
};

static double reduceRun(const ReduceJob& job, int thread, int64_t begin, int64_t end) {
  double total = job.start();
  for (int64_t i = begin; i < end; i += kBlock) {
    const int n = int(least<int64_t>(kBlock, end - i));
    const float* p = job.evaluator.evaluate(thread, i, n, nullptr);
    total = joinTwo(job.op, total, job.op == Reduction::sum ? sumOf(p, n) : maxOf(p, n));
  }
  return total;
}

static void reduceRows(const ReduceJob& job) {
  const int64_t length = job.reduced;
  Pool& pool = job.engine.pool;
  if (length > kChunk) {
    const int64_t chunks = ceilDiv(length, kChunk);
    const Scratch memory(job.engine.memory, {job.kept, chunks, 2});
    double* partial = reinterpret_cast<double*>(memory.data());
    parallel(pool, job.kept * chunks, [&](int64_t task, int thread) {
      const int64_t begin = task % chunks * kChunk, row = task / chunks * length;
      partial[task] = reduceRun(job, thread, row + begin, row + least(begin + kChunk, length));
    });
    for (int64_t k = 0; k < job.kept; k++) {
      double total = job.start();
      for (int64_t c = 0; c < chunks; c++) total = joinTwo(job.op, total, partial[k * chunks + c]);
      job.out[job.offset(k)] = float(total);
    }
    return;
  }
  const int64_t rows = most<int64_t>(1, kChunk / length),
                together = most<int64_t>(1, kBlock / length);
  parallel(pool, ceilDiv(job.kept, rows), [&](int64_t task, int thread) {
    const int64_t end = least((task + 1) * rows, job.kept);
    for (int64_t k = task * rows; k < end; k += together) {
      if (length > kBlock) {
        job.out[job.offset(k)] = float(reduceRun(job, thread, k * length, (k + 1) * length));
        continue;
      }
      const int n = int(least(together, end - k));
      const float* p = job.evaluator.evaluate(thread, k * length, int(n * length), nullptr);
      for (int r = 0; r < n; r++, p += length) {
        job.out[job.offset(k + r)] =
            job.op == Reduction::sum ? sumOf(p, int(length)) : maxOf(p, int(length));
      }
    }
  });
}

// What belongs to which output among one tile of columns.
struct Columns {
  int64_t tiles;
  int width, outputs;
  int output[kBlock];      // of a column
  int64_t offset[kBlock];  // of an output, from the tile's first
  int64_t tileStride;
};

static Columns columnsOf(const ReduceJob& job, int first) {
  const Walk& walk = job.walk;
  Columns c;
  c.tiles = ceilDiv(job.columns, kBlock);
  c.width = int(least<int64_t>(job.columns, kBlock));
  c.outputs = 0;
  // Several tiles only ever cover a single kept axis.
  c.tileStride = kBlock * walk.outStride[walk.rank - 1];
  for (int i = 0; i < c.width; i++) {
    int64_t rest = i, at = 0;
    int output = 0, outputs = 1;
    for (int a = walk.rank - 1; a >= first; a--) {
      const int64_t index = rest % walk.size[a];
      rest /= walk.size[a];
      if (walk.group[a] != keptColumn) continue;
      at += index * walk.outStride[a];
      output += int(index) * outputs;
      outputs *= int(walk.size[a]);
    }
    c.output[i] = output;
    c.offset[output] = at;
    if (output >= c.outputs) c.outputs = output + 1;
  }
  return c;
}

// Adds up rows [begin, end) of one tile of columns into `total`, one value an output.
static void reduceStack(const ReduceJob& job, const Columns& c, int thread, int64_t k, int64_t tile,
                        int64_t begin, int64_t end, double* total) {
  const int64_t left = job.columns - tile * kBlock;
  const int width = int(least<int64_t>(c.width, left));
  // Narrow rows are added side by side, as many as a block holds.
  const int together = c.tiles > 1 ? 1 : kBlock / width;
  const int length = together * width;
  float few[kBlock];
  double all[kBlock];
  for (int i = 0; i < length; i++) all[i] = job.start();
  for (int64_t r = begin; r < end;) {
    for (int i = 0; i < length; i++) few[i] = float(job.start());
    for (int depth = 0; depth < 64 && r < end; depth++, r += together) {
      const int n = int(least<int64_t>(together, end - r)) * width;
      const float* p = job.evaluator.evaluate(
          thread, (k * job.reduced + r) * job.columns + tile * kBlock, n, nullptr);
      if (job.op == Reduction::sum)
        each(few, few, p, n, [](vf a, vf b) { return a + b; });
      else
        each(few, few, p, n, [](vf a, vf b) { return maximum(a, b); });
    }
    for (int i = 0; i < length; i++) all[i] = joinTwo(job.op, all[i], few[i]);
  }
  for (int o = 0; o < c.outputs; o++) total[o] = job.start();
  for (int i = 0; i < length; i++) {
    double& to = total[c.output[i % width]];
    to = joinTwo(job.op, to, all[i]);
  }
}

static void reduceColumns(const ReduceJob& job, int first) {
  const Columns c = columnsOf(job, first);
  const int64_t rows = most<int64_t>(64, 8 * kChunk / job.columns),
                chunks = ceilDiv(job.reduced, rows);
  Pool& pool = job.engine.pool;
  const auto write = [&](int64_t k, int64_t tile, const double* total) {
    const int n =
        int(least<int64_t>(c.outputs, c.tiles > 1 ? job.columns - tile * kBlock : c.outputs));
    float* to = job.out + job.offset(k) + tile * c.tileStride;
    for (int o = 0; o < n; o++) to[c.offset[o]] = float(total[o]);
  };
  if (chunks == 1) {
    const int64_t items = job.kept * c.tiles;
    const int64_t together = most<int64_t>(1, 2 * kChunk / (job.reduced * c.width));
    parallel(pool, ceilDiv(items, together), [&](int64_t task, int thread) {
      double total[kBlock];
      for (int64_t i = task * together; i < least((task + 1) * together, items); i++) {
        reduceStack(job, c, thread, i / c.tiles, i % c.tiles, 0, job.reduced, total);
        write(i / c.tiles, i % c.tiles, total);
      }
    });
    return;
  }
  const int64_t items = job.kept * c.tiles;
  const Scratch memory(job.engine.memory, {items, chunks, c.outputs, 2});
  double* partial = reinterpret_cast<double*>(memory.data());
  parallel(pool, items * chunks, [&](int64_t task, int thread) {
    const int64_t item = task / chunks, begin = task % chunks * rows;
    reduceStack(job, c, thread, item / c.tiles, item % c.tiles, begin,
                least(begin + rows, job.reduced), partial + task * c.outputs);
  });
  for (int64_t item = 0; item < items; item++) {
    double* total = partial + item * chunks * c.outputs;
    for (int64_t i = 1; i < chunks; i++) {
      for (int o = 0; o < c.outputs; o++)
        total[o] = joinTwo(job.op, total[o], total[i * c.outputs + o]);
    }
    write(item / c.tiles, item % c.tiles, total);
  }
}

static void reduceKernel(Engine& engine, const Formula& formula, Reduction op, int axes,
                         float* out) {
  const int keptRank = formula.rank - axes;
  int64_t outputs = 1, terms = 1;
  for (int a = 0; a < formula.rank; a++) (a < keptRank ? outputs : terms) *= formula.shape[a];
  if (outputs == 0) return;
  if (terms == 0) {
    for (int64_t i = 0; i < outputs; i++) out[i] = op == Reduction::sum ? 0 : -__builtin_inff();
    return;
  }
  const Scratch views(engine.memory, {formula.program.inputs + 1, int64_t(sizeof(View) / 4)});
  Walk walk =
      prepare(formula, reduceOrder(formula, keptRank), reinterpret_cast<View*>(views.data()));
  int kept = 0, first = 0;
  while (kept < walk.rank && walk.group[kept] == keptAxis) kept++;
  for (first = kept; first < walk.rank && walk.group[first] == reducedAxis;) first++;
  const Straightened straightened(engine, walk);
  const Evaluator evaluator(engine, walk, formula.program);
  const ReduceJob job{engine,
                      walk,
                      evaluator,
                      op,
                      kept,
                      walk.count(0, kept),
                      walk.count(kept, first),
                      walk.count(first, walk.rank),
                      out};
  if (first == walk.rank)
    reduceRows(job);
  else
    reduceColumns(job, first);
}
