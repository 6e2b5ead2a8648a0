import { UnavailableError } from "../../backend.ts";
import { Memory, type Device } from "./device.ts";
import type { Kernels } from "./kernels.ts";
import type { CompiledKernel } from "./library.ts";

/** A GL texture with gpu.js' count of those who use it. */
interface Shared {
  _refs: number;
}

/** The calls and constants of WebGL that we use beside gpu.js. */
interface Gl {
  readonly TEXTURE_2D: number;
  readonly FRAMEBUFFER: number;
  readonly COLOR_ATTACHMENT0: number;
  readonly RGBA: number;
  readonly FLOAT: number;
  readonly NO_ERROR: number;
  readonly MAX_TEXTURE_SIZE: number;
  readonly MAX_TEXTURE_IMAGE_UNITS: number;
  readonly TEXTURE_MIN_FILTER: number;
  readonly TEXTURE_MAG_FILTER: number;
  readonly NEAREST: number;
  readonly TEXTURE_WRAP_S: number;
  readonly TEXTURE_WRAP_T: number;
  readonly CLAMP_TO_EDGE: number;
  readonly UNPACK_FLIP_Y_WEBGL: number;
  getParameter(name: number): number;
  getError(): number;
  isContextLost(): boolean;
  createTexture(): Shared;
  createFramebuffer(): object;
  activeTexture(unit: number): void;
  readonly TEXTURE0: number;
  pixelStorei(name: number, value: boolean): void;
  bindTexture(target: number, texture: Shared): void;
  texParameteri(target: number, name: number, value: number): void;
  texImage2D(...args: readonly (number | Float32Array)[]): void;
  bindFramebuffer(target: number, framebuffer: object | null): void;
  framebufferTexture2D(
    target: number,
    attachment: number,
    kind: number,
    texture: Shared | null,
    level: number,
  ): void;
  readPixels(...args: readonly (number | Float32Array)[]): void;
}

/** gpu.js' result of a pipelined kernel. */
interface Texture {
  readonly texture: Shared;
  readonly size: Int32Array;
  readonly internalFormat: number;
  readonly textureFormat: number;
  delete(): void;
}

type TextureClass = new (settings: object) => Texture;

interface TextureKernel {
  readonly constructor: unknown;
  readonly context: Gl;
  readonly texture: { texture: Shared };
}

/** The width of a texture of `size` texels, near a square, as gpu.js lays out its results. */
function widthOf(size: number): number {
  let high = Math.ceil(Math.sqrt(size));
  let low = Math.floor(Math.sqrt(size));
  while (high * low < size) {
    high--;
    low = Math.ceil(size / high);
  }
  return low;
}

/** The modes that keep numbers in WebGL textures; `probe` is a kernel that has run and its result. */
export function textureDevice(
  mode: "webgl2" | "headlessgl",
  kernels: Kernels,
  probe: { readonly kernel: CompiledKernel; readonly result: unknown },
): Device<Texture> {
  const model = probe.result as Texture;
  const modelKernel = probe.kernel.kernel as unknown as TextureKernel;
  const gl = modelKernel.context;
  const channels = model.textureFormat === gl.RGBA ? 4 : 1;
  const side = gl.getParameter(gl.MAX_TEXTURE_SIZE);
  const units = gl.getParameter(gl.MAX_TEXTURE_IMAGE_UNITS);
  const framebuffer = gl.createFramebuffer();
  const keep = (size: number, texture: Texture): Memory<Texture> =>
    new Memory(size, texture.size[0]! * texture.size[1]! * channels * 4, texture);

  return {
    mode,
    largest: side * side,
    // gpu.js keeps one unit for the result, and unit 15 for itself.
    inputs: Math.min(units, 15) - 1,

    upload(data) {
      const w = widthOf(data.length);
      const h = Math.ceil(data.length / w);
      const texels = new Float32Array(w * h * channels);
      if (channels === 1) texels.set(data);
      else data.forEach((value, i) => (texels[i * channels] = value));
      const texture = gl.createTexture();
      gl.activeTexture(gl.TEXTURE0);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      for (const wrap of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
        gl.texParameteri(gl.TEXTURE_2D, wrap, gl.CLAMP_TO_EDGE);
      }
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
        gl.texParameteri(gl.TEXTURE_2D, filter, gl.NEAREST);
      }
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
      const { internalFormat, textureFormat } = model;
      gl.texImage2D(
        ...[gl.TEXTURE_2D, 0, internalFormat, w, h, 0, textureFormat, gl.FLOAT, texels],
      );
      const settings = {
        texture,
        size: Int32Array.of(w, h),
        dimensions: [data.length, 1, 1],
        output: [data.length],
        context: gl,
        kernel: modelKernel,
        internalFormat,
        textureFormat,
      };
      return keep(data.length, new (model.constructor as TextureClass)(settings));
    },

    run(program) {
      const kernel = kernels.get(program);
      const args = [...program.inputs.map(({ handle }) => handle), ...program.offsets];
      const result = kernel(...args) as Texture;
      kernels.check(kernel);
      release(gl, kernel.kernel as unknown as TextureKernel);
      return keep(program.size, result);
    },

    read({ size, handle }) {
      const [w, h] = handle.size as unknown as readonly [number, number];
      const values = new Float32Array(size);
      gl.bindFramebuffer(gl.FRAMEBUFFER, framebuffer);
      const attach = (texture: Shared | null): void =>
        gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
      attach(handle.texture);
      // In bands of rows: what every context can read are four channels, of which one matters.
      const rows = Math.max(1, Math.floor(2 ** 20 / w));
      const band = new Float32Array(w * Math.min(rows, h) * 4);
      for (let y = 0; y < h; y += rows) {
        gl.readPixels(0, y, w, Math.min(rows, h - y), gl.RGBA, gl.FLOAT, band);
        const count = Math.min(rows * w, size - y * w);
        for (let i = 0; i < count; i++) values[y * w + i] = band[i * 4]!;
      }
      attach(null);
      const error = gl.getError();
      if (error !== gl.NO_ERROR || gl.isContextLost()) {
        return Promise.reject(
          new UnavailableError(
            `backend gpujs: ${mode} failed with GL error ${error} (1285 is out of memory); use smaller tensors`,
          ),
        );
      }
      return Promise.resolve(values);
    },

    free: (handle) => handle.delete(),
  };
}

/**
 * Makes a kernel let go of the texture that it has just filled. gpu.js keeps the last result of every kernel, and a texture stays in memory while
 * a framebuffer holds it. A kernel whose texture seems to be in use by another makes itself a new one when it next runs.
 */
function release(gl: Gl, { texture: own }: TextureKernel): void {
  own.texture._refs--;
  own.texture = { _refs: 2 };
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, null, 0);
}
