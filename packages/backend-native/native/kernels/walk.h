// A formula's inputs prepared for walking in a chosen order of axes: axes of size 1 are gone, and
// neighbours that every input runs through evenly are joined, so that most walks end up with one
// long axis. Blocks of a walk are handed out as plain arrays.

constexpr int kBlock = 512;  // elements: sixteen registers of a formula fill an L1 cache of 32 KiB

struct Walk {
  int rank = 0;
  int64_t size[kMaxRank];
  int group[kMaxRank];
  int64_t outStride[kMaxRank];
  int inputs = 0;
  View* input = nullptr;  // data is null where the input is 0 everywhere

  int64_t count(int from, int to) const {
    int64_t n = 1;
    for (int i = from; i < to; i++) n *= size[i];
    return n;
  }
};

// The axes of a walk from the outermost. Axes of different groups are never joined, nor are those
// that the output steps through unevenly
// (`outStride`; 0 where it does not matter).
struct Order {
  int axis[kMaxRank];
  int group[kMaxRank] = {};
  int64_t outStride[kMaxRank] = {};
};

// The index of element `n` of a walk.
VIDTOK_INLINE void indexOf(const Walk& walk, int64_t n, int64_t* index) {
  for (int i = walk.rank - 1; i > 0; i--) {
    const int64_t rest = n / walk.size[i];
    index[i] = n - rest * walk.size[i];
    n = rest;
  }
  if (walk.rank) index[0] = n;
}

static bool joins(const Walk& walk, int outer, const int64_t* shape, const View* inputs, int axis) {
  for (int i = 0; i < walk.inputs; i++) {
    if (!walk.input[i].data) continue;
    const Axis& a = walk.input[i].axes[outer];
    const Axis& b = inputs[i].axes[axis];
    if (!a.unpadded() || !b.unpadded() || a.stride != b.stride * shape[axis]) return false;
  }
  return true;
}

// `memory` holds one View per input.
static Walk prepare(const Formula& formula, const Order& order, View* memory) {
  const int rank = formula.rank, inputs = formula.program.inputs;
  const int64_t* shape = formula.shape;
  const View* views = formula.inputs;
  Walk walk;
  walk.inputs = inputs;
  walk.input = memory;
  for (int i = 0; i < inputs; i++) {
    memory[i].data = views[i].data;
    memory[i].format = views[i].format;
    for (int a = 0; a < rank; a++) {
      if (views[i].axes[a].lo >= views[i].axes[a].hi) memory[i].data = nullptr;
    }
  }
  for (int o = 0; o < rank; o++) {
    const int axis = order.axis[o];
    if (shape[axis] == 1) continue;
    const int last = walk.rank - 1;
    const bool join = last >= 0 && order.group[axis] == walk.group[last] &&
                      walk.outStride[last] == order.outStride[axis] * shape[axis] &&
                      joins(walk, last, shape, views, axis);
    const int to = join ? last : walk.rank++;
    walk.size[to] = join ? walk.size[to] * shape[axis] : shape[axis];
    walk.group[to] = order.group[axis];
    walk.outStride[to] = order.outStride[axis];
    for (int i = 0; i < inputs; i++) {
      Axis& fresh = memory[i].axes[to];
      if (!memory[i].data)
        fresh = Axis{0, 0, 0, 0};
      else if (join)
        fresh =
            Axis{fresh.size * shape[axis], views[i].axes[axis].stride, 0, fresh.size * shape[axis]};
      else
        fresh = views[i].axes[axis];
    }
  }
  for (int i = 0; i < inputs; i++) memory[i].rank = walk.rank;
  return walk;
}

VIDTOK_INLINE bool inside(const Axis& axis, int64_t i) { return i >= axis.lo && i < axis.hi; }

VIDTOK_INLINE void copyNumbers(const float* from, int n, float* out) {
  if (n >= 64)
    __builtin_memcpy(out, from, size_t(n) * 4);
  else
    for (int k = 0; k < n; k++) out[k] = from[k];
}
VIDTOK_INLINE void copyNumbers(const Bf16* from, int n, float* out) {
  readNumbers<Widening>(from, n, out);
}

// Elements [i, i + n) of one row: zeros outside the bounds.
template <class T>
VIDTOK_INLINE void readRow(const T* row, const Axis& axis, int64_t i, int n, float* out) {
  const int begin = int(most<int64_t>(0, least<int64_t>(axis.lo - i, n)));
  const int end = int(most<int64_t>(begin, least<int64_t>(axis.hi - i, n)));
  for (int k = 0; k < begin; k++) out[k] = 0;
  for (int k = end; k < n; k++) out[k] = 0;
  const T* from = row + i * axis.stride;
  if (axis.stride == 1) {
    copyNumbers(from + begin, end - begin, out + begin);
  } else if (axis.stride == 0) {
    for (int k = begin; k < end; k++) out[k] = number(*from);
  } else {
    for (int k = begin; k < end; k++) out[k] = number(from[k * axis.stride]);
  }
}

VIDTOK_INLINE const float* inPlace(const float* p) { return p; }
VIDTOK_INLINE const float* inPlace(const Bf16*) { return nullptr; }

// Elements [n, n + count) of one input of a walk, where `start` is the index of n: in place if they
// lie in one contiguous row of floats, else in `buffer`.
template <class T>
static const float* readBlockOf(const Walk& walk, const View& view, const int64_t* start, int count,
                              float* buffer) {
  const int inner = walk.rank - 1;
  const T* row = view.as<T>();
  if (inner < 0) {
    *buffer = number(*row);
    return buffer;
  }
  const Axis& axis = view.axes[inner];
  const int64_t length = walk.size[inner];
  int outside = 0;
  int64_t index[kMaxRank];
  for (int a = 0; a < inner; a++) {
    index[a] = start[a];
    row += index[a] * view.axes[a].stride;
    outside += !inside(view.axes[a], index[a]);
  }
  int64_t i = start[inner];
  const bool isRun =
      i + count <= length && !outside && axis.stride == 1 && i >= axis.lo && i + count <= axis.hi;
  if (isRun && inPlace(row)) return inPlace(row + i);
  for (int done = 0;;) {
    const int n = int(least<int64_t>(count - done, length - i));
    if (outside)
      for (int k = 0; k < n; k++) buffer[done + k] = 0;
    else
      readRow(row, axis, i, n, buffer + done);
    done += n;
    if (done == count) return buffer;
    i = 0;
    for (int a = inner - 1; a >= 0; a--) {
      const Axis& outer = view.axes[a];
      outside -= !inside(outer, index[a]);
      row += outer.stride;
      if (++index[a] < walk.size[a]) {
        outside += !inside(outer, index[a]);
        break;
      }
      row -= outer.stride * walk.size[a];
      index[a] = 0;
      outside += !inside(outer, 0);
    }
  }
}

static const float* readBlock(const Walk& walk, const View& view, const int64_t* start, int count,
                              float* buffer) {
  if (!view.data) {
    __builtin_memset(buffer, 0, size_t(count) * 4);
    return buffer;
  }
  return view.format == Format::f32 ? readBlockOf<float>(walk, view, start, count, buffer)
                                    : readBlockOf<Bf16>(walk, view, start, count, buffer);
}
