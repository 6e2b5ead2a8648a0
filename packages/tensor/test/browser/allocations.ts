// Counts what a page holds on the GPU, by wrapping the calls that make and destroy it.

type Method = (this: object, ...args: unknown[]) => unknown;

function wrap(owner: string, name: string, seen: (subjects: readonly unknown[]) => void): void {
  const classes = globalThis as unknown as Record<string, { prototype: Record<string, Method> }>;
  const prototype = classes[owner]?.prototype;
  const method = prototype?.[name];
  if (!prototype || !method) return;
  prototype[name] = function (...args) {
    const result = method.apply(this, args);
    seen([result, this, ...args]);
    return result;
  };
}

const storageUsage = 0x80;

/** Starts to count; the result says how many textures and storage buffers exist now. */
export function countAllocations(): () => number {
  const alive = new Set<unknown>();
  wrap("WebGL2RenderingContext", "createTexture", ([texture]) => alive.add(texture));
  wrap("WebGL2RenderingContext", "deleteTexture", ([, , texture]) => alive.delete(texture));
  wrap("GPUDevice", "createBuffer", ([buffer, , settings]) => {
    // Uniform and staging buffers are small or few: gpu.js keeps them with its kernels.
    if ((settings as { readonly usage: number }).usage & storageUsage) alive.add(buffer);
  });
  wrap("GPUBuffer", "destroy", ([, buffer]) => alive.delete(buffer));
  return () => alive.size;
}
