// Batched matrix products: rows of `a` are the pixels of `gemm.h`, `b` its weight with a single
// tap, packed for the call.

static bool hasContiguousRows(const View& view) {
  const Axis& inner = view.axes[view.rank - 1];
  return inner.unpadded() && (inner.stride == 1 || inner.size == 1);
}

static bool isUnpadded(const View& view) {
  for (int a = 0; a < view.rank; a++)
    if (!view.axes[a].unpadded()) return false;
  return true;
}

// The view itself if `isGood`, else a dense copy of it in `memory`.
class Readable {
 public:
  Readable(Engine& engine, const View& view, bool isGood) : view(view), memory_(engine.memory) {
    if (isGood) return;
    int64_t count = 1;
    for (int a = view.rank - 1; a >= 0; a--) {
      this->view.axes[a] = Axis{view.axes[a].size, count, 0, view.axes[a].size};
      count *= view.axes[a].size;
    }
    copy_ = static_cast<float*>(memory_.take(checkedBytes(count, 4)));
    copyView(engine, view, copy_);
    this->view.data = copy_;
    this->view.format = Format::f32;
  }
  ~Readable() {
    if (copy_) memory_.give(copy_);
  }
  Readable(const Readable&) = delete;

  View view;

 private:
  Allocator& memory_;
  float* copy_ = nullptr;
};

template <class Words>
static void matmulOf(Engine& engine, const View& a, const View& b, Format operands, Target out) {
  const int64_t batch = a.axes[0].size, m = a.axes[1].size, k = a.axes[2].size, n = b.axes[2].size;
  if (batch * m * n == 0) return;
  const Readable left(engine, a, hasContiguousRows(a));
  const Readable right(engine, b, isUnpadded(b));
  const Packing packing = packingOf<Words>(n, 1, k);
  const Scratch packed(engine.memory, {batch, packing.size()});
  // A row of zeros for the rows past the end, and the bias.
  const int64_t zeros = most(packing.channels, packing.blocks * packing.width);
  const Scratch nothing(engine.memory, zeros);
  __builtin_memset(nothing.data(), 0, size_t(zeros) * 4);
  const Axis* axes = right.view.axes;
  withReader(right.view.format, operands, [&](auto reader) {
    typedef decltype(reader) Reader;
    parallel(engine.pool, batch * packing.blocks, [&](int64_t task, int) {
      const int64_t i = task / packing.blocks, offset = 0;
      const auto* from = right.view.as<typename Reader::Stored>() + i * axes[0].stride;
      packBlock<Words, Reader>(packing, task % packing.blocks,
                               {from, axes[2].stride, axes[1].stride, &offset, k},
                               packed.data() + i * packing.size());
    });
  });
  const int rows = tileRows<Words>(packing.vectors);
  constexpr int64_t chunkSize = chunkRows<Words>();
  const int64_t chunks = ceilDiv(m, chunkSize);
  const int64_t parts = partsOfBlocks(engine, packing, batch * chunks);
  const View& x = left.view;
  const bool isCopied = x.format == Format::bf16 || operands == Format::bf16;
  const int64_t pitch = least(packing.step, packing.channels);
  const int64_t copySize = isCopied ? chunkSize * pitch : 0;
  const int64_t perThread = copySize + sumsSize<Words>(packing, out.format);
  const Scratch memory(engine.memory, {engine.pool.threads(), perThread});
  parallel(engine.pool, batch * chunks * parts, [&](int64_t task, int thread) {
    const int64_t i = task / parts / chunks;
    const int64_t begin = task / parts % chunks * chunkSize;
    const int64_t end = least(begin + chunkSize, m);
    float* copy = memory.data() + thread * perThread;
    const auto isRow = [&](int64_t row) {
      return row < end && inside(x.axes[1], row) && inside(x.axes[0], i);
    };
    const auto offset = [&](int64_t row) { return i * x.axes[0].stride + row * x.axes[1].stride; };
    Tap tap[kTiles];
    Chunk chunk;
    chunk.tap = tap;
    chunk.tiles = int(ceilDiv(end - begin, rows));
    for (int r = 0; r < chunk.tiles * rows; r++) {
      const int64_t row = begin + r;
      Tap& to = tap[r / rows];
      to.weight = 0;
      to.rows[r % rows] = !isRow(row) ? nothing.data()
                          : isCopied  ? copy + r * pitch
                                      : x.as<float>() + offset(row);
      chunk.taps[r / rows] = k > 0;
      chunk.at[r] = row < end ? (i * m + row) * n : -1;
    }
    const auto place = [&](int64_t c, int64_t count) {
      if (!isCopied) return c;
      const int64_t first = c * Words::kChannels;
      const int64_t numbers = least(count * Words::kChannels, k - first);
      withReader(x.format, operands, [&](auto reader) {
        typedef decltype(reader) Reader;
        const auto* from = x.as<typename Reader::Stored>() + first;
        for (int64_t row = begin; row < end; row++) {
          if (isRow(row))
            Words::template read<Reader>(from + offset(row), numbers,
                                         copy + (row - begin) * pitch, count);
        }
      });
      return int64_t(0);
    };
    multiply<Words>(packing, chunk, Part(packing, task % parts, parts),
                    packed.data() + i * packing.size(), nothing.data(), out, copy + copySize, place,
                    Unchanged());
  });
}

static void matmulKernel(Engine& engine, const View& a, const View& b, Format operands,
                         Target out) {
  withWords(operands, [&](auto words) { matmulOf<decltype(words)>(engine, a, b, operands, out); });
}
