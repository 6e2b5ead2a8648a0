"""Writes test/fixtures/torchmetrics.json: SSIM of each frame as TorchMetrics 1.5 and later defines it (Gaussian window of
int(3.5 sigma + 0.5) * 2 + 1 taps, frames mirrored at their edges, the mean over all pixels and channels), computed with
PyTorch in float64 on the frames of test/pairs.ts."""

import json
import pathlib

import torch
import torch.nn.functional as F

SIGMA, K1, K2, RANGE = 1.5, 0.01, 0.03, 1.0


def noise(name: str, length: int) -> torch.Tensor:
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    # int64 products wrap around, which leaves their lower 32 bits right.
    h = (seed + torch.arange(length, dtype=torch.int64) * 0x9E3779B1) & 0xFFFFFFFF
    h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    h = h ^ h >> 16
    return (2 * h.double() / 2**32 - 1).float().double()


def pair(shape, a: str, b: str):
    length = torch.Size(shape).numel()
    first = (noise(a, length) + 1) / 2
    second = (first + 0.1 * noise(b, length)).clamp(0, 1)
    return first.view(shape), second.view(shape)


def ssim(x: torch.Tensor, y: torch.Tensor):
    reach = int(3.5 * SIGMA + 0.5)
    taps = torch.exp(-(torch.arange(-reach, reach + 1).double() / SIGMA) ** 2 / 2)
    window = torch.outer(taps / taps.sum(), taps / taps.sum())
    channels = x.shape[1]

    def blurred(image):
        return F.conv2d(image, window.expand(channels, 1, *window.shape), groups=channels)

    x, y = (F.pad(image, (reach,) * 4, mode="reflect") for image in (x, y))
    mx, my = blurred(x), blurred(y)
    vx = (blurred(x * x) - mx**2).clamp(min=0)
    vy = (blurred(y * y) - my**2).clamp(min=0)
    vxy = blurred(x * y) - mx * my
    c1, c2 = (K1 * RANGE) ** 2, (K2 * RANGE) ** 2
    full = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return full.mean((1, 2, 3)).tolist()


cases = [
    {"shape": shape, "ssim": ssim(*pair(shape, "input:psnr_a", "input:psnr_b"))}
    for shape in ([2, 3, 40, 48], [1, 1, 6, 9], [1, 3, 400, 416])
]
path = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "torchmetrics.json"
path.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=2) + "\n")
