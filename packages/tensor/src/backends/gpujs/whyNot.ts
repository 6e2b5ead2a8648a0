import type { Mode } from "./library.ts";

interface Globals {
  readonly navigator?: { readonly gpu?: { requestAdapter(): Promise<object | null> } };
  readonly document?: unknown;
  readonly OffscreenCanvas?: unknown;
  readonly process?: {
    getBuiltinModule?(name: "node:module"): typeof import("node:module") | undefined;
  };
}

/** Why a mode cannot run here, as far as that shows before it runs; undefined where nothing speaks against it. */
export async function whyNot(
  kernels: { readonly isSupported: boolean },
  mode: Mode,
): Promise<string | undefined> {
  const { navigator, document, OffscreenCanvas } = globalThis as Globals;
  switch (mode) {
    case "cpu":
      return undefined;
    case "webasm":
      return kernels.isSupported ? undefined : "this JavaScript engine has no WebAssembly";
    case "webgpu":
      if (!navigator?.gpu) {
        return "there is no navigator.gpu; it needs a browser with WebGPU and a page served from https or localhost";
      }
      return (await navigator.gpu.requestAdapter())
        ? undefined
        : "navigator.gpu has no adapter; this machine offers the browser no usable GPU";
    case "webgl2":
      if (kernels.isSupported) return undefined;
      return document || OffscreenCanvas
        ? "the browser opens no WebGL 2 context"
        : "there is no canvas; it needs a browser";
    case "headlessgl":
      return kernels.isSupported ? undefined : whyNoHeadlessGl();
  }
}

function whyNoHeadlessGl(): string {
  const module = (globalThis as Globals).process?.getBuiltinModule?.("node:module");
  if (!module) return "it needs Node";
  try {
    module.createRequire(import.meta.url)("gl");
  } catch (error) {
    const [reason] = String((error as Error).message).split("\n");
    return `the package gl does not load (${reason}); install it beside @vidtok/tensor: npm install gl`;
  }
  return "the package gl opens no context; without a screen run under xvfb-run";
}
