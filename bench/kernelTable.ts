import type { KernelTime } from "@vidtok/tensor/testing";

type Times = ReadonlyMap<string, KernelTime>;

/** What kernels took, by kind and then each of the slowest `rows`: seconds, share of `wall` seconds, calls, rate. */
export function kernelTable(times: Times, wall: number, rows: number): string {
  const kinds = new Map<string, KernelTime>();
  for (const [name, time] of times) {
    const kind = name.split(" ")[0]!;
    const { calls, seconds, amount } = kinds.get(kind) ?? { calls: 0, seconds: 0, amount: 0 };
    kinds.set(kind, {
      calls: calls + time.calls,
      seconds: seconds + time.seconds,
      amount: amount + time.amount,
    });
  }
  const slowest = (all: Times): [string, KernelTime][] =>
    [...all].sort(([, a], [, b]) => b.seconds - a.seconds);
  const lines = (list: readonly [string, KernelTime][]): string =>
    list.map((each) => `${line(each, wall)}\n`).join("");
  return `${lines(slowest(kinds))}\n${lines(slowest(times).slice(0, rows))}`;
}

function line([name, { calls, seconds, amount }]: [string, KernelTime], wall: number): string {
  const unit = /^(conv|matmul)/.test(name) ? "GFLOP/s" : "GB/s   ";
  return [
    `${seconds.toFixed(2)} s`.padStart(9),
    `${((100 * seconds) / wall).toFixed(1)} %`.padStart(8),
    `${calls}`.padStart(5),
    `${(amount / seconds / 1e9).toFixed(1)} ${unit}`.padStart(15),
    `  ${name}`,
  ].join("");
}
