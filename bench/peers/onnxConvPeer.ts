import { createRequire } from "node:module";
import { resolve } from "node:path";
import type { ConvPeer } from "./convPeer.ts";
import { onnxConv } from "./onnxConv.ts";

interface Session {
  run(feeds: Readonly<Record<string, unknown>>): Promise<unknown>;
  release(): Promise<void>;
}

/** What is used of `onnxruntime-node`, which is no dependency: it is 290 MB. */
interface OnnxRuntime {
  readonly env: { readonly versions: { readonly node: string } };
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<Session>;
  };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => unknown;
}

/** ONNX Runtime's convolutions, from a folder where `npm install --ignore-scripts onnxruntime-node` was run. */
export function onnxConvPeer(folder: string): ConvPeer {
  const load = createRequire(resolve(folder, "package.json"));
  const { env, InferenceSession, Tensor } = load("onnxruntime-node") as OnnxRuntime;
  let session: Session | undefined;
  let feeds: Readonly<Record<string, unknown>> = {};
  return {
    name: `ONNX Runtime ${env.versions.node}`,
    async prepare(sizes) {
      await session?.release();
      const [weight, x] = [sizes.weight, sizes.input].map((shape) =>
        new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
      );
      const model = onnxConv(sizes, weight!, new Float32Array(sizes.weight[0]));
      session = await InferenceSession.create(model, { intraOpNumThreads: sizes.threads });
      feeds = { x: new Tensor("float32", x!, sizes.input) };
      await session.run(feeds);
    },
    async seconds() {
      const begin = performance.now();
      await session?.run(feeds);
      return (performance.now() - begin) / 1e3;
    },
    close: () => void session?.release(),
  };
}
