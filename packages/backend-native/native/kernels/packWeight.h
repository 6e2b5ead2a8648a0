// The packed form of a weight for `gemm.h`, block of outputs by block. Weights come with any strides;
// those that training sees have channels or outputs side by side:
//
//   outputs side by side    a row of the panel is a row of the weight
//   channels side by side   squares of W × W words are transposed

// A weight [outputs, taps, channels] with strides `o`, `c` and one offset per tap.
template <class Stored>
struct StridedWeight {
  const Stored* data;
  int64_t o, c;
  const int64_t* tapOffset;
  int64_t channels;
};

// W outputs from `from` on, `count` words of channels from word `first` on, into rows of a panel.
template <class Words, class Reader>
VIDTOK_INLINE void packColumns(const StridedWeight<typename Reader::Stored>& w,
                               const typename Reader::Stored* from, int64_t first, int64_t count,
                               int64_t width, float* to) {
  constexpr int64_t numbers = Words::kChannels;
  int64_t k = 0;
  if (w.o == 1) {
    for (; k < count && (first + k) * numbers < w.channels; k++)
      store(to + k * width, reinterpret_cast<vf>(Words::template packMany<Reader>(
                                from, w.c, (first + k) * numbers, w.channels)));
  } else if (w.c == 1) {
    for (; k + W <= count && (first + k + W) * numbers <= w.channels; k += W) {
      vu rows[W];
      for (int i = 0; i < W; i++)
        rows[i] = Words::template packRow<Reader>(from + i * w.o, (first + k) * numbers);
      transposeWords(rows);
      for (int i = 0; i < W; i++) store(to + (k + i) * width, reinterpret_cast<vf>(rows[i]));
    }
  }
  for (; k < count; k++)
    for (int i = 0; i < W; i++)
      Words::template pack<Reader>(from + i * w.o, w.c, (first + k) * numbers, w.channels,
                                   to + k * width + i);
}

template <class Words, class Reader>
static void packBlock(const Packing& packing, int64_t block,
                      const StridedWeight<typename Reader::Stored>& w, float* packed) {
  const int64_t first = block * packing.width;
  const int columns = int(least(packing.width, packing.outputs - first));
  const bool isWide = packing.vectors > 0;
  float* to = packed + packing.at(block, 0);
  for (int64_t c = 0; c < packing.channels; c += packing.step) {
    const int64_t count = packing.stepAt(c);
    for (int64_t tap = 0; tap < packing.taps; tap++, to += count * packing.width) {
      const auto* from = w.data + first * w.o + w.tapOffset[tap];
      int i = 0;
      for (; isWide && i + W <= columns; i += W)
        packColumns<Words, Reader>(w, from + i * w.o, c, count, packing.width, to + i);
      for (; i < packing.width; i++) {
        float* column = to + i * (isWide ? 1 : count);
        for (int64_t k = 0; k < count; k++, column += isWide ? packing.width : 1) {
          *column = 0;
          if (i < columns)
            Words::template pack<Reader>(from + i * w.o, w.c, (c + k) * Words::kChannels,
                                         w.channels, column);
        }
      }
    }
  }
}
