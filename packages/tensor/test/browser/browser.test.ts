import { beforeAll, expect, test } from "vitest";
import { opCases } from "../../src/testing/index.ts";
import { deviceChecks } from "../gpujs/deviceChecks.ts";
import { tolerances } from "../gpujs/tolerance.ts";
import { bundlePage, findChromium, withPage } from "./chromium.ts";
import type { PageReport } from "./page.ts";

const chromium = findChromium();
const page = new URL("page.ts", import.meta.url);
// What gpu.js and the choice of backends import in Node only.
const external = ["gl", "os", "worker_threads", "@vidtok/backend-native"];
const modes = ["webgl2", "webgpu"] as const;
const reports = new Map<string, PageReport>();

beforeAll(async () => {
  if (chromium === undefined) return;
  await withPage(chromium, await bundlePage(page, external), async (browser, address) => {
    for (const mode of modes) {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on("pageerror", (error) => errors.push(error.message));
      await tab.goto(address);
      const report = (await tab.evaluate(`report("${mode}")`)) as PageReport;
      expect(errors).toEqual([]);
      reports.set(mode, report);
      await tab.close();
    }
  });
}, 300_000);

for (const mode of modes) {
  /** The report of a mode; skips the test where there is none for a reason that the machine gives. */
  const reportOf = (skip: (reason: string) => never): PageReport => {
    if (chromium === undefined) {
      return skip("browser tests need Chromium: install it, or set CHROMIUM_PATH");
    }
    const report = reports.get(mode)!;
    if (mode === "webgpu" && report.unavailable) return skip(report.unavailable);
    expect(report.unavailable).toBeUndefined();
    return report;
  };

  test(`${mode} in the browser is what runs when it is asked for`, ({ skip }) => {
    expect(reportOf(skip).mode).toBe(mode);
  });

  test.for(Object.keys(opCases))(
    `${mode} in the browser: %s is the reference's, with its gradients`,
    (name, { skip }) => {
      expect(reportOf(skip).ops[name]).toBeLessThan(tolerances[mode]);
    },
  );

  test.for(Object.keys(deviceChecks))(`${mode} in the browser: %s`, (name, { skip }) => {
    expect(reportOf(skip).checks[name]).toBe("");
  });

  test(`${mode} in the browser holds no more than the weight and gpu.js' own after each training step`, ({
    skip,
  }) => {
    const { allocations } = reportOf(skip);
    expect(allocations).toHaveLength(4);
    expect(Math.max(...allocations)).toBeLessThanOrEqual(3);
  });
}
