import { beforeEach, expect, test } from "vitest";
import {
  chain,
  checkpoint,
  exp,
  grad,
  keep,
  memory,
  mul,
  noGrad,
  reshape,
  resetPeak,
  scope,
  share,
  silu,
  sum,
  tensor,
  useBackend,
} from "../src/index.ts";
import { gradcheck, noise, referenceBackend } from "../src/testing/index.ts";

beforeEach(() => useBackend(referenceBackend()));

test("a scope frees all but what it returns, in arrays, maps and objects too", async () => {
  const before = memory().live;
  const kept = scope(() => {
    const x = noise("x", [4]);
    const [a, b, c, d] = [mul(x, 2), mul(x, 3), mul(x, 4), mul(x, 5)];
    return { a, list: [b], map: new Map([["c", c]]), number: 7, unused: d.shape };
  });
  expect(memory().live - before).toBe(3 * 4 * 8);
  expect(kept.number).toBe(7);
  expect((await kept.map.get("c")!.read()).length).toBe(4);
});

test("what a nested scope returns belongs to the scope around it", () => {
  const before = memory().live;
  scope(() => {
    scope(() => [noise("x", [8])]);
    expect(memory().live - before).toBe(64);
  });
  expect(memory().live).toBe(before);
});

test("a kept tensor outlives its scope until it is freed", async () => {
  const before = memory().live;
  const x = scope(() => void 0) ?? scope(() => ({ x: keep(noise("x", [2])) })).x;
  expect((await x.read()).length).toBe(2);
  x.free();
  expect(memory().live).toBe(before);
});

test("memory that is shared lives until each owner has freed it, and counts once", async () => {
  const before = memory().live;
  const x = noise("x", [4]);
  const values = await x.read();
  const [a, b] = [keep(share(x)), keep(share(x))];
  expect(memory().live - before).toBe(32);
  x.free();
  x.free();
  b.free();
  expect(await a.read()).toEqual(values);
  await expect(b.read()).rejects.toThrow(/it was freed/);
  a.free();
  expect(memory().live).toBe(before);
});

test("a freed tensor says so when it is read", async () => {
  const x = noise("x", [2]);
  x.free();
  await expect(x.read()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[Error: tensor: it was freed; return it from its scope, or keep it, to use it later]`,
  );
});

test("an asynchronous function is refused where it would outlive the scope", () => {
  expect(() => scope(async () => noise("x", [2]).read())).toThrowErrorMatchingInlineSnapshot(
    `[Error: scope: the function returned a promise; launch ops in it and await reads outside]`,
  );
  expect(() => noGrad(async () => noise("x", [2]).read())).toThrowErrorMatchingInlineSnapshot(
    `[Error: noGrad: the function returned a promise; launch ops in it and await reads outside]`,
  );
});

test("a step of training leaves as many bytes as it found", () => {
  const w = noise("w", [16]);
  const before = memory().live;
  for (let step = 0; step < 3; step++) {
    scope(() => {
      const y = sum(silu(mul(exp(w), noise("x", [16]))));
      return grad(y, [w]);
    }).forEach((gradient) => gradient.free());
    expect(memory().live).toBe(before);
  }
});

test("grad returns its targets' gradients and frees the rest", () => {
  const w = noise("w", [32]);
  const y = sum(silu(mul(exp(w), w)));
  const before = memory().live;
  const gradients = grad(y, [w]);
  expect(memory().live - before).toBe(32 * 8);
  gradients.forEach((gradient) => gradient.free());
});

test("a chain without gradients holds two results at a time", () => {
  const x = noise("x", [1000]);
  resetPeak();
  const before = memory().live;
  noGrad(() =>
    chain(
      x,
      Array.from({ length: 10 }, () => (v: typeof x) => mul(v, 2)),
    ),
  );
  expect(memory().peak - before).toBe(2 * 8000);
});

test("a chain with gradients forgets what can be computed again, and its gradients are the same", async () => {
  const bytes = 4096 * 8;
  const x = noise("x", [4096]);
  const stages = [exp, (v: typeof x) => mul(v, v), silu];
  const forgetful = scope(() => {
    const before = memory().live;
    const y = chain(x, stages);
    expect(memory().live - before).toBe(bytes);
    return grad(y, [x], x)[0]!;
  });
  const plain = scope(() => grad(silu(mul(exp(x), exp(x))), [x], x)[0]!);
  expect(await forgetful.read()).toEqual(await plain.read());
});

test("a scope returns a forgotten result with its numbers", async () => {
  const x = noise("x", [4]);
  let middle = x;
  const [y] = scope(() => {
    chain(x, [exp, (v) => (middle = v), (v) => mul(v, 2), silu]);
    return [middle];
  });
  expect(await y!.read()).toEqual(await exp(x).read());
});

test("grad frees the graph behind it when told to, but not targets and what was given", async () => {
  const x = noise("x", [4096]);
  const before = memory().live;
  scope(() => {
    const a = exp(x);
    const b = mul(a, a);
    const y = silu(b);
    const slope = noise("dy", [4096]);
    const [dx, da] = grad(y, [x, a], slope, { freeGraph: true }) as [typeof x, typeof x];
    expect([x, a, b, y, slope].map(({ block }) => block.isFree)).toEqual([
      ...[false, false],
      ...[true, true],
      false,
    ]);
    expect(memory().live - before).toBe(4 * 4096 * 8);
    expect([dx.shape, da.shape]).toEqual([[4096], [4096]]);
  });
  const again = scope(() => {
    const a = exp(x);
    return grad(silu(mul(a, a)), [x], x, { freeGraph: true })[0]!;
  });
  const kept = scope(() => grad(silu(mul(exp(x), exp(x))), [x], x)[0]!);
  expect(Float32Array.from(await again.read())).toEqual(Float32Array.from(await kept.read()));
});

test("a view of a parameter leaves the parameter when the graph is freed", async () => {
  const w = noise("w", [2, 3]);
  scope(() => grad(sum(exp(reshape(w, [6]))), [w], undefined, { freeGraph: true }));
  expect(w.block.isFree).toBe(false);
});

test("a checkpoint keeps only its result and gives the same gradients", async () => {
  const x = noise("x", [100]);
  const w = noise("w", [100]);
  const before = memory().live;
  const y = checkpoint((v) => silu(mul(exp(v), w)), x);
  expect(memory().live - before).toBe(800);
  const plain = grad(silu(mul(exp(x), w)), [x, w], noise("dy", [100]));
  const again = grad(y, [x, w], noise("dy", [100]));
  for (const [i, gradient] of again.entries()) {
    expect(await gradient.readExact()).toEqual(await plain[i]!.readExact());
  }
});

test("a gradient can be differentiated again", async () => {
  const slope = (x: Parameters<typeof silu>[0]): typeof x =>
    grad(sum(silu(x)), [x], undefined, { createGraph: true })[0]!;
  expect(await gradcheck(slope, [[7]])).toBeLessThan(1e-6);
});

test("nothing is recorded under noGrad", async () => {
  const x = noise("x", [3]);
  const y = noGrad(() => mul(x, 2));
  expect(await grad(sum(y), [x])[0]!.read()).toEqual(new Float32Array(3));
});

test("a deep graph does not overflow the stack", async () => {
  const x = tensor([1], []);
  let y = x;
  for (let i = 0; i < 20_000; i++) y = mul(y, 1.0001);
  expect(await grad(y, [x])[0]!.item()).toBeCloseTo(1.0001 ** 20_000, 3);
});
