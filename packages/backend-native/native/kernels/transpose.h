// A square of words in registers, W vectors of W.

#ifdef __AVX512F__
// Squares of s × s words change places across the diagonal, s = 1, 2, 4, 8.
VIDTOK_INLINE void transposeWords(vu* rows) {
  const vu lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const auto pick = [](vu a, vu b, vu lanes) {
    return (vu)_mm512_permutex2var_epi32((__m512i)a, (__m512i)lanes, (__m512i)b);
  };
#pragma GCC unroll 4
  for (uint32_t s = 1; s < 16; s *= 2) {
    const vu isRight = (lane & s) != 0;
    const vu upper = (isRight & (lane + (16 - s))) | (~isRight & lane);
    const vu lower = (isRight & (lane + 16)) | (~isRight & (lane + s));
#pragma GCC unroll 16
    for (uint32_t i = 0; i < 16; i++) {
      if (i & s) continue;
      const vu a = rows[i], b = rows[i + s];
      rows[i] = pick(a, b, upper);
      rows[i + s] = pick(a, b, lower);
    }
  }
}
#else
VIDTOK_INLINE void transposeWords(vu* rows) {
  for (int i = 1; i < W; i++) {
    for (int j = 0; j < i; j++) {
      const uint32_t word = rows[i][j];
      rows[i][j] = rows[j][i];
      rows[j][i] = word;
    }
  }
}
#endif
