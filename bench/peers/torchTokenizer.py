"""The causal v1.0 KL tokenizer as PyTorch modules in the default layout, for comparison.

Reads one line of JSON, then a line for each pass to time, and answers each with a line:
{"checkpoint", "clip", "encoder", "decoder", "bf16", "threads"} -> {"torch", "capability"}
{"output"} -> {"seconds", "rss"}; the reconstruction goes into the file `output` as float32.
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class LayerNorm(nn.Module):
    """Over the channels, at each position."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels, eps=1e-6)

    def forward(self, x):
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


class CausalConv(nn.Module):
    """Along time (1-D) or in all directions (3-D), with the zeros of time in front."""

    def __init__(self, into, out, size, stride=1, dims=3):
        super().__init__()
        make = nn.Conv3d if dims == 3 else nn.Conv1d
        steps = (stride, 1, 1) if dims == 3 else stride
        self.conv = make(into, out, size, stride=steps)
        side = size // 2
        self.pad = ([side] * 4 if dims == 3 else []) + [size - stride if size > 1 else 0, 0]

    def forward(self, x):
        return self.conv(F.pad(x, self.pad))


class Residual(nn.Module):
    def __init__(self, into, out, conv):
        super().__init__()
        self.norm1, self.conv1 = LayerNorm(into), conv(into, out)
        self.norm2, self.conv2 = LayerNorm(out), conv(out, out)
        if into != out:
            self.nin_shortcut = nn.Conv2d(into, out, 1)

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        h = self.conv2(F.silu(self.norm2(h)))
        return (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x) + h


def frame_block(into, out):
    return Residual(into, out, lambda a, b: nn.Conv2d(a, b, 3, padding=1))


def time_block(channels):
    return Residual(channels, channels, lambda a, b: CausalConv(a, b, 3, dims=1))


def volume_block(channels):
    return Residual(channels, channels, lambda a, b: CausalConv(a, b, 3))


def per_frame(layer, x):
    b, c, t, h, w = x.shape
    y = layer(x.transpose(1, 2).reshape(b * t, c, h, w))
    return y.unflatten(0, (b, t)).transpose(1, 2)


def per_pixel(layer, x):
    b, c, t, h, w = x.shape
    y = layer(x.permute(0, 3, 4, 1, 2).reshape(b * h * w, c, t))
    return y.unflatten(0, (b, h, w)).permute(0, 3, 4, 1, 2)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = LayerNorm(c)
        self.q, self.k, self.v, self.proj_out = (CausalConv(c, c, 1) for _ in range(4))

    def forward(self, x):
        n = self.norm(x)
        rows = [m(n).permute(0, 2, 3, 4, 1).flatten(2, 3) for m in (self.q, self.k, self.v)]
        mixed = F.scaled_dot_product_attention(*rows).unflatten(2, x.shape[3:])
        return x + self.proj_out(mixed.permute(0, 4, 1, 2, 3))


class Middle(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.block_1, self.attn_1, self.block_2 = volume_block(c), Attention(c), volume_block(c)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x)))


class Down(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, stride=2)

    def forward(self, x):
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Up(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0))


class TimeResample(nn.Module):
    def __init__(self, c, stride):
        super().__init__()
        self.mix_factor = nn.Parameter(torch.tensor([2.0]))
        self.conv = CausalConv(c, c, 3, stride)
        self.is_down = stride == 2

    def forward(self, x):
        if self.is_down:
            plain = F.avg_pool3d(F.pad(x, (0, 0, 0, 0, 1, 0)), (3, 1, 1), (2, 1, 1))
        else:
            x = plain = x.repeat_interleave(2, 2)
        alpha = torch.sigmoid(self.mix_factor)
        return alpha * plain + (1 - alpha) * self.conv(x)


class Half(nn.Module):
    """What encoder and decoder share: a list of levels, each with blocks and perhaps a change of size."""

    def levels(self, name, widths, blocks, space, time, make, stride):
        # `widths` are pairs of channels, into the level and inside it.
        frames = nn.ModuleList()
        pixels = nn.ModuleList()
        for level, (into, c) in enumerate(widths):
            frame, pixel = nn.Module(), nn.Module()
            frame.block = nn.ModuleList(
                frame_block(into if j == 0 else c, c) for j in range(blocks)
            )
            pixel.block = nn.ModuleList(time_block(c) for _ in range(blocks))
            if level in space:
                setattr(frame, f"{name}sample", make(c))
            if level in time:
                setattr(pixel, f"{name}sample", TimeResample(c, stride))
            frames.append(frame)
            pixels.append(pixel)
        setattr(self, name, frames)
        setattr(self, f"{name}_temporal", pixels)

    def run_level(self, name, level, x):
        frame = getattr(self, name)[level]
        pixel = getattr(self, f"{name}_temporal")[level]
        for a, b in zip(frame.block, pixel.block):
            x = per_pixel(b, per_frame(a, x))
        if hasattr(frame, f"{name}sample"):
            x = per_frame(getattr(frame, f"{name}sample"), x)
            if hasattr(pixel, f"{name}sample"):
                x = getattr(pixel, f"{name}sample")(x)
        return x


class Encoder(Half):
    def __init__(self, c):
        super().__init__()
        widths = [c["channels"] * m for m in c["channelMultipliers"]]
        self.factor = c["timeDownsampleFactor"]
        self.conv_in = CausalConv(c["inChannels"], c["channels"], 3)
        pairs = list(zip([c["channels"], *widths], widths))
        self.levels("down", pairs, c["numResBlocks"], c["spatialDown"], c["tempoDown"], Down, 2)
        self.mid = Middle(widths[-1])
        self.norm_out = LayerNorm(widths[-1])
        self.conv_out = CausalConv(widths[-1], 2 * c["zChannels"], 3)

    def forward(self, x):
        if x.shape[2] % self.factor:
            x = torch.cat([x[:, :, :1]] * (self.factor - 1) + [x], 2)
        x = self.conv_in(x)
        for level in range(len(self.down)):
            x = self.run_level("down", level, x)
        return self.conv_out(F.silu(self.norm_out(self.mid(x))))


class Decoder(Half):
    def __init__(self, c):
        super().__init__()
        widths = [c["channels"] * m for m in c["channelMultipliers"]]
        self.factor = c["timeDownsampleFactor"]
        self.conv_in = CausalConv(c["zChannels"], widths[-1], 3)
        self.mid = Middle(widths[-1])
        pairs = list(zip([*widths[1:], widths[-1]], widths))
        self.levels("up", pairs, c["numResBlocks"] + 1, c["spatialUp"], c["tempoUp"], Up, 1)
        self.norm_out = LayerNorm(widths[0])
        self.conv_out = CausalConv(widths[0], c["outChannels"], 3)

    def forward(self, z):
        x = self.mid(self.conv_in(z))
        for level in reversed(range(len(self.up))):
            x = self.run_level("up", level, x)
        return self.conv_out(F.silu(self.norm_out(x)))[:, :, self.factor - 1 :]


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    model = nn.ModuleDict(
        {"encoder": Encoder(task["encoder"]), "decoder": Decoder(task["decoder"])}
    )
    state = torch.load(task["checkpoint"], weights_only=True, mmap=True)["state_dict"]
    model.load_state_dict(state, assign=True)
    shape = task["clip"]["shape"]
    data = open(task["clip"]["path"], "rb").read()
    clip = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(shape)
    capability = torch.backends.cpu.get_cpu_capability()
    print(json.dumps({"torch": torch.__version__, "capability": capability}), flush=True)
    for line in sys.stdin:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, task["bf16"]):
            begin = time.perf_counter()
            mean = model["encoder"](clip).chunk(2, 1)[0]
            recon = model["decoder"](mean).float()
            seconds = time.perf_counter() - begin
        with open(json.loads(line)["output"], "wb") as file:
            file.write(recon.contiguous().numpy().tobytes())
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "rss": rss}), flush=True)


if __name__ == "__main__":
    main()
