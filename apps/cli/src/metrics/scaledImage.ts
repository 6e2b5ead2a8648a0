import { resizeAntialias } from "@vidtok/data";
import type { Image } from "@vidtok/data";

/** An image scaled bilinearly with antialiasing, rounded to bytes; the image itself where the size is the same. */
export function scaledImage(image: Image, height: number, width: number): Image {
  if (image.height === height && image.width === width) return image;
  const data = new Uint8Array(height * width * 3);
  for (let c = 0; c < 3; c++) {
    const plane = Float32Array.from(
      { length: image.height * image.width },
      (_, i) => image.data[3 * i + c]!,
    );
    const scaled = resizeAntialias(plane, [image.height, image.width], height, width);
    scaled.forEach((value, i) => (data[3 * i + c] = Math.round(value)));
  }
  return { data, width, height };
}
