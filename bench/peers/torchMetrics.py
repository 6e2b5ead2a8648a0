"""PSNR, SSIM, LPIPS and I3D's features of two clips in PyTorch, as the reference and VideoGPT compute them.

Reads a line of JSON, then one for each run, and answers each with a line:
{"lpips", "i3d", "clips": {"paths", "shape"}, "threads"} -> {"torch", "capability"}
{"metric"} -> {"seconds", "cpu", "values"}; clips are float32 [t, 3, h, w] in [0, 1]
"""

import json
import sys
import time

import torch
from torch.nn import functional as F
from torchI3d import I3d
from torchStep import Lpips


def psnr(a, b):
    return -10 * torch.log10((a - b).square().mean((1, 2, 3)) + 1e-8)


def ssim(a, b):
    """As in piq: one window of 11 x 11, five filtered maps."""
    side = max(1, round(min(a.shape[-2:]) / 256))
    if side > 1:
        a, b = F.avg_pool2d(a, side), F.avg_pool2d(b, side)
    squares = (torch.arange(11, dtype=a.dtype) - 5).square()
    window = torch.exp(-(squares[:, None] + squares) / (2 * 1.5**2))
    window = (window / window.sum()).expand(a.shape[1], 1, 11, 11)
    filtered = lambda x: F.conv2d(x, window, groups=a.shape[1])
    p, q = filtered(a), filtered(b)
    aa, bb, ab = filtered(a * a) - p * p, filtered(b * b) - q * q, filtered(a * b) - p * q
    structure = (2 * ab + 0.03**2) / (aa + bb + 0.03**2)
    return ((2 * p * q + 0.01**2) / (p * p + q * q + 0.01**2) * structure).mean((-1, -2)).mean(1)


def preprocess(clip):
    """VideoGPT's: whole bytes, the shorter side to 224, the middle, [-1, 1]."""
    x = (clip * 255 + 2e-5).floor() / 255
    scale = 224 / min(x.shape[-2:])
    size = [224 if n == min(x.shape[-2:]) else -int(-n * scale // 1) for n in x.shape[-2:]]
    x = F.interpolate(x, size, mode="bilinear", align_corners=False)
    top, left = ((n - 224) // 2 for n in size)
    return 2 * x[..., top : top + 224, left : left + 224].transpose(0, 1)[None] - 1


def load(net, path):
    state = torch.load(path, weights_only=True)["state_dict"]
    # LPIPS' scaling has other names here, and batches are counted in whole numbers.
    missing = net.load_state_dict(state, strict=False).missing_keys
    missing = [k for k in missing if not k.endswith(("shift", "scale", "num_batches_tracked"))]
    assert not missing, missing
    return net.eval()


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    lpips, i3d = load(Lpips(), task["lpips"]), load(I3d(), task["i3d"])
    files = (bytearray(open(path, "rb").read()) for path in task["clips"]["paths"])
    shape = task["clips"]["shape"]
    a, b = (torch.frombuffer(file, dtype=torch.float32).reshape(shape) for file in files)
    metrics = {
        "psnr": lambda: psnr(a, b),
        "ssim": lambda: ssim(a, b),
        "psnr + ssim": lambda: torch.cat((psnr(a, b), ssim(a, b))),
        "lpips": lambda: lpips(2 * a - 1, 2 * b - 1).flatten(),
        "fvd": lambda: torch.cat([i3d(preprocess(clip)).flatten() for clip in (a, b)]),
    }
    capability = torch.backends.cpu.get_cpu_capability()
    print(json.dumps({"torch": torch.__version__, "capability": capability}), flush=True)
    for line in sys.stdin:
        with torch.inference_mode():
            begin = time.perf_counter(), time.process_time()
            values = metrics[json.loads(line)["metric"]]().tolist()
            seconds, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
        print(json.dumps({"seconds": seconds, "cpu": cpu, "values": values}), flush=True)


main()
