// Functions that printed kernels call. gpu.js declares whole-number locals as floats, so exact index arithmetic lives in functions, whose
// parameters keep their type. Their names must not be words of GLSL or WGSL.

type NumberType = "Integer" | "Number";

/** A function in gpu.js' JavaScript with its types. */
export interface KernelFunction {
  readonly source: string;
  readonly argumentTypes: readonly NumberType[];
  readonly returnType: NumberType;
}

function typed(type: NumberType, name: string, parameters: string, body: string): KernelFunction {
  return {
    source: `function ${name}(${parameters}) { ${body} }`,
    argumentTypes: parameters.split(", ").map(() => type),
    returnType: type,
  };
}

// i / d for 0 <= i < 2^30: a float quotient may be off by hundreds, the quotient of what it leaves over corrects it to the nearest but one.
const close = "added(lower(i / d), lower(left(lower(i / d), i, d) / d))";

/**
 * Every function that kernels may call; gpu.js leaves out those that a kernel does not use. It puts them in the right order only where functions
 * that kernels call use none but functions that use no others.
 */
export const kernelFunctions: readonly KernelFunction[] = [
  // i / d rounded down, and what is left over.
  typed("Integer", "quotient", "i, d", `return settled(${close}, i, d);`),
  typed("Integer", "remainder", "i, d", `return left(settled(${close}, i, d), i, d);`),
  typed(
    "Integer",
    "settled",
    "q, i, d",
    "if (i - q * d < 0) { return q - 1; } if (i - q * d >= d) { return q + 1; } return q;",
  ),
  typed("Integer", "left", "q, i, d", "return i - q * d;"),
  typed("Integer", "added", "q, e", "return q + e;"),
  // 1 where lo <= i < hi, else 0.
  typed(
    "Integer",
    "within",
    "i, lo, hi",
    "if (i < lo) { return 0; } if (i < hi) { return 1; } return 0;",
  ),
  // gpu.js takes Math.floor for a whole number; as the result of a function it is a float like any other.
  typed("Number", "lower", "x", "return Math.floor(x);"),
  typed(
    "Number",
    "nearestEven",
    "x",
    `const down = lower(x); const rest = x - down; if (rest < 0.5) { return down; } if (rest > 0.5) { return down + 1; }
    if (lower(down * 0.5) * 2 === down) { return down; } return down + 1;`,
  ),
  // Both use an exponential that cannot overflow.
  typed(
    "Number",
    "logistic",
    "x",
    "const e = Math.exp(-Math.abs(x)); if (x < 0) { return e / (1 + e); } return 1 / (1 + e);",
  ),
  typed(
    "Number",
    "hyperbolicTangent",
    "x",
    `const a = Math.abs(x); const e = Math.exp(-2 * a); const y = (1 - e) / (1 + e); const s = x * x;
    if (a < 0.25) { return x * (1 + s * (-1 / 3 + s * (2 / 15 + s * (-17 / 315 + s * (62 / 2835))))); }
    if (x < 0) { return -y; } return y;`,
  ),
];
