// Elementary functions on vectors, within about 2 ulp, exact at their limits; NaN in, NaN out.

VIDTOK_INLINE vf absolute(vf x) { return floats(bits(x) & 0x7fffffff); }
VIDTOK_INLINE vf maximum(vf a, vf b) { return select((a > b) | (a != a), a, b); }
VIDTOK_INLINE vf minimum(vf a, vf b) { return select((a < b) | (a != a), a, b); }

// Halves to even: adding 2²³ leaves no bits for a fraction. From 2²³ on every float is whole.
VIDTOK_INLINE vf roundEven(vf x) {
  const vi sign = bits(x) & int32_t(0x80000000);
  const vf size = absolute(x);
  const vf whole = (size + 8388608.0f) - 8388608.0f;
  return floats(bits(select(size < 8388608.0f, whole, size)) | sign);
}

VIDTOK_INLINE vf floorOf(vf x) {
  const vf nearest = roundEven(x);
  const vf down = nearest - 1.0f;
  return select(nearest > x, down, nearest);
}

VIDTOK_INLINE vf powerOfTwo(vi n) { return floats((n + 127) << 23); }

// e^(x − n·ln2) with |x − n·ln2| ≤ ln2/2.
VIDTOK_INLINE vf expNear(vf x, vf n) {
  const vf r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  vf p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  return (p * (r * r) + r) + 1.0f;
}

constexpr float kLog2E = 1.44269504f;
constexpr float kWholes = 12582912.0f;  // 1.5 · 2²³: added to a number it leaves no fraction

// eˣ = 2ⁿ·eʳ; 2ⁿ in two factors, because n reaches past the exponents of a float at both ends.
VIDTOK_INLINE vf expOf(vf x) {
  vf clamped = select(x > 89.0f, splat(89.0f), x);
  clamped = select(x < -105.0f, splat(-105.0f), clamped);
  const vf n = (clamped * kLog2E + kWholes) - kWholes;
  const vf y = expNear(clamped, n);
  const vi exponent = __builtin_convertvector(select(x == x, n, vf{}), vi);
  const vi half = exponent >> 1;
  return y * powerOfTwo(half) * powerOfTwo(exponent - half);
}

// eˣ for −87 ≤ x ≤ 88, where 2ⁿ is a float: n are the last bits of the shifted number.
VIDTOK_INLINE vf expInside(vf x) {
  const vf shifted = x * kLog2E + kWholes;
  // Without a sign, where bits may be shifted out.
  const vu power = (reinterpret_cast<vu>(shifted) << 23) + 0x3f800000;
  return expNear(x, shifted - kWholes) * reinterpret_cast<vf>(power);
}

// ln x = k·ln2 + ln(1 + f) with 1 + f in [√½, √2) and ln(1 + f) as an odd series in f / (2 + f).
VIDTOK_INLINE vf logOf(vf x) {
  const vi tiny = x < 1.17549435e-38f;
  // Of numbers below 0 it wraps around, and is not used.
  const vi offset = reinterpret_cast<vi>(
      reinterpret_cast<vu>(select(tiny, x * 8388608.0f, x)) - 0x3f3504f3);
  const vf k = __builtin_convertvector((offset >> 23) - (tiny & 23), vf);
  const vf f = floats((offset & 0x7fffff) + 0x3f3504f3) - 1.0f;
  const vf s = f / (f + 2.0f);
  const vf z = s * s;
  const vf w = z * z;
  const vf odd = z * (w * 0.28498786688f + 0.66666662693f);
  const vf even = w * (w * 0.24279078841f + 0.40000972152f);
  const vf half = f * f * 0.5f;
  vf y = s * (half + odd + even) + k * 9.0580006145e-6f;
  y = ((y - half) + f) + k * 6.9313812256e-1f;
  y = select(x == 0.0f, splat(-__builtin_inff()), y);
  y = select(x < 0.0f, splat(__builtin_nanf("")), y);
  return select((x == __builtin_inff()) | (x != x), x, y);
}

VIDTOK_INLINE vf sigmoidOf(vf x) {
  const vf e = expOf(-absolute(x));
  return select(x < 0.0f, e, splat(1.0f)) / (e + 1.0f);
}

// 1 / (1 + e⁻ˣ) for what multiplies it by x, with an exponential that needs no care: where e⁻ˣ is cut
// off it does not show. NaN is lost on the way and comes back with x.
#ifdef __AVX512F__
// As it is added to 1, a shorter series does for the exponential (its error is 9·10⁻⁸), and a step of
// Newton's turns an estimate into the reciprocal.
VIDTOK_INLINE vf cutSigmoidOf(vf x) {
  const vf z = (vf)_mm512_range_ps((__m512)x, _mm512_set1_ps(87.0f), 2);  // |z| ≤ 87
  const vf n = (z * -kLog2E + kWholes) - kWholes;
  const vf r = (z + n * 0.693359375f) - n * 2.12194440e-4f;  // −z = n·ln2 − r
  vf p = r * -8.2902721115e-3f + 4.1898159619e-2f;
  p = p * r - 1.6667638127e-1f;
  p = p * r + 4.9999147841e-1f;
  p = p * r - 9.9999970631e-1f;
  p = p * r + 1.0f;
  const vf whole = (vf)_mm512_scalef_ps((__m512)p, (__m512)n) + 1.0f;
  const vf estimate = (vf)_mm512_rcp14_ps((__m512)whole);
  return estimate + estimate * (1.0f - whole * estimate);
}
VIDTOK_INLINE vf siluOf(vf x) { return x * cutSigmoidOf(x); }
// Within 2⁻¹²·⁸ of the value, for what is rounded to bf16: 2 to the power of a fraction by a short
// series, and an estimate of the reciprocal.
VIDTOK_INLINE vf roughSiluOf(vf x) {
  const vf z = x * -kLog2E;
  const vf f = (vf)_mm512_reduce_ps((__m512)z, 9);  // z − ⌊z⌋
  vf p = f * 7.802454e-2f + 2.260672e-1f;
  p = p * f + 6.9583349e-1f;
  p = p * f + 9.9992523e-1f;
  const vf whole = (vf)_mm512_scalef_ps((__m512)p, (__m512)z) + 1.0f;  // scales by 2 to the ⌊z⌋
  return x * (vf)_mm512_rcp14_ps((__m512)whole);
}
#else
VIDTOK_INLINE vf cutExpOf(vf x) {
  const vf z = select(x > 88.0f, splat(88.0f), x);
  return expInside(select(z < -87.0f, splat(-87.0f), z));
}
VIDTOK_INLINE vf cutSigmoidOf(vf x) { return 1.0f / (cutExpOf(-x) + 1.0f); }
VIDTOK_INLINE vf siluOf(vf x) { return x / (cutExpOf(-x) + 1.0f); }
VIDTOK_INLINE vf roughSiluOf(vf x) { return siluOf(x); }
#endif

VIDTOK_INLINE vf tanhOf(vf x) {
  const vf z = x * x;
  vf p = z * -5.70498872745e-3f + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const vf small = p * z * x + x;
  const vf size = absolute(x);
  const vf large = 1.0f - 2.0f / (expOf(size + size) + 1.0f);
  const vi sign = bits(x) & int32_t(0x80000000);
  return select(size < 0.625f, small, floats(bits(large) | sign));
}
