"""Writes test/fixtures/torch.safetensors: PyTorch's values and gradients for the op cases of src/testing/cases.ts.

Run by hand with any PyTorch >= 1.13: python3 tools/goldens.py. Inputs are hash numbers, so only names, values and gradients are stored;
everything is computed in float64 and stored as float32. The same PyTorch writes the same bytes.
"""
import json
import struct

import torch
import torch.nn.functional as F

U32 = 2**32


def hash_values(name, count):
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) % U32
    out = []
    for i in range(count):
        h = (seed + i * 0x9E3779B1) % U32
        h = ((h ^ (h >> 16)) * 0x85EBCA6B) % U32
        h = ((h ^ (h >> 13)) * 0xC2B2AE35) % U32
        h ^= h >> 16
        out.append(2 * h / U32 - 1)
    return torch.tensor(out, dtype=torch.float64).float().double()


def noise(name, shape, low=-1.0, high=1.0):
    count = int(torch.tensor(shape).prod()) if shape else 1
    values = hash_values(name, count)
    return (low + (values + 1) / 2 * (high - low)).float().double().reshape(shape)


def twice(x, axis):
    return x.repeat_interleave(2, axis)


def pad_time(x, before):
    return F.pad(x, (0, 0, 0, 0, before, 0))


def linear_time(x):
    return F.interpolate(x, scale_factor=(2, 1, 1), mode="trilinear", align_corners=False)


def layer_norm(x, w, b, eps=1e-6):
    return F.layer_norm(x.movedim(1, -1), (x.shape[1],), w, b, eps).movedim(-1, 1)


def mix(y, residual, m):
    alpha = torch.sigmoid(m)
    return (1 - alpha) * y + alpha * residual


def mixed_upsampled(x, w, b, before, m):
    whole = torch.cat([before, x], 2)
    y = F.conv3d(twice(whole, 2), w, b, padding=(0, 1, 1))
    return mix(y, twice(x, 2), m)


def spread(x):
    y = torch.zeros(2, 8, dtype=x.dtype)
    y[:, 0:8:3] = x
    return y


def attention(q, k, v):
    return torch.softmax(q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5, -1) @ v


def resize(size):
    return lambda x: F.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)


UNARY = [(3, 5, 2)]
PAIR = [(2, 3, 4), (3, 1)]
CLIP = (2, 4, 3, 5, 6)
IMAGE = (2, 3, 6, 7)

CASES = {
    "add": (torch.add, PAIR, -2, 2),
    "sub": (torch.sub, PAIR, -2, 2),
    "mul": (torch.mul, PAIR, -2, 2),
    "div": (torch.div, PAIR, 0.5, 2),
    "maximum": (torch.maximum, PAIR, -2, 2),
    "minimum": (torch.minimum, PAIR, -2, 2),
    "where": (lambda a, b: torch.where(a < 0, a, b * b), PAIR, -2, 2),
    "neg": (torch.neg, UNARY, -3, 3),
    "abs": (torch.abs, UNARY, -3, 3),
    "exp": (torch.exp, UNARY, -3, 3),
    "log": (torch.log, UNARY, 0.1, 5),
    "sqrt": (torch.sqrt, UNARY, 0.1, 5),
    "square": (torch.square, UNARY, -3, 3),
    "tanh": (torch.tanh, UNARY, -3, 3),
    "sigmoid": (torch.sigmoid, UNARY, -3, 3),
    "silu": (F.silu, UNARY, -3, 3),
    "relu": (F.relu, UNARY, -3, 3),
    "leakyRelu": (lambda x: F.leaky_relu(x, 0.2), UNARY, -3, 3),
    "softplus": (F.softplus, UNARY, -3, 3),
    "clamp": (lambda x: torch.clamp(x, -1, 1.5), UNARY, -3, 3),
    "floor": (torch.floor, UNARY, -3, 3),
    "round": (lambda x: x + (torch.round(x) - x).detach(), UNARY, -3, 3),
    "sum": (torch.sum, UNARY, -3, 3),
    "sum over the first axis": (lambda x: x.sum(0), UNARY, -3, 3),
    "sum over two axes, kept": (lambda x: x.sum((0, 2), keepdim=True), UNARY, -3, 3),
    "sum of a long row": (lambda x: x.sum(-1), [(2, 3001)], -1, 1),
    "sumOf": (lambda a, b: (a * b * a).sum(), PAIR, -2, 2),
    "mean": (lambda x: x.mean((-1, 1)), UNARY, -3, 3),
    "max": (lambda x: x.amax(1), UNARY, -3, 3),
    "max over all": (lambda x: x.amax(), UNARY, -3, 3),
    "min": (lambda x: x.amin((0, 2), keepdim=True), UNARY, -3, 3),
    "softmax": (lambda x: x.softmax(1), UNARY, -3, 3),
    "softmax of the last axis": (lambda x: x.softmax(-1), UNARY, -3, 3),
    "matmul": (torch.matmul, [(3, 5), (5, 4)], -1, 1),
    "matmul batched": (torch.matmul, [(2, 1, 3, 5), (3, 5, 2)], -1, 1),
    "matmul transposed": (lambda a, b: a.mT @ b.mT, [(2, 7, 3), (2, 5, 7)], -1, 1),
    "matmul larger": (torch.matmul, [(37, 70), (70, 45)], -1, 1),
    "conv 1d": (lambda x, w: F.conv1d(x, w, padding=1), [(2, 3, 7), (4, 3, 3)], -1, 1),
    "conv 2d": (lambda x, w, b: F.conv2d(x, w, b, padding=1), [IMAGE, (4, 3, 3, 3), (4,)], -1, 1),
    "conv 2d strided, padded right and below": (
        lambda x, w: F.conv2d(F.pad(x, (0, 1, 0, 1)), w, stride=2), [IMAGE, (4, 3, 3, 3)], -1, 1),
    "conv 2d, kernel 4, stride 2": (
        lambda x, w: F.conv2d(x, w, stride=2, padding=1), [(1, 3, 9, 8), (5, 3, 4, 4)], -1, 1),
    "conv 3d": (
        lambda x, w, b: F.conv3d(pad_time(x, 2), w, b, padding=(0, 1, 1)), [CLIP, (3, 4, 3, 3, 3), (3,)], -1, 1),
    "conv 3d dilated": (
        lambda x, w: F.conv3d(x, w, dilation=(1, 2, 1), padding=(1, 2, 0), stride=(2, 1, 2)),
        [(1, 2, 4, 6, 5), (3, 2, 2, 3, 2)], -1, 1),
    "conv over frames": (lambda x, w: F.conv3d(x, w, padding=(0, 1, 1)), [CLIP, (5, 4, 1, 3, 3)], -1, 1),
    "conv over time": (lambda x, w: F.conv3d(pad_time(x, 2), w), [CLIP, (5, 4, 3, 1, 1)], -1, 1),
    "conv strided in time": (
        lambda x, w: F.conv3d(pad_time(x, 1), w, stride=(2, 1, 1), padding=(0, 1, 1)),
        [(1, 4, 6, 3, 4), (4, 4, 3, 3, 3)], -1, 1),
    "conv 3d with frames before": (
        lambda x, w, b, before: F.conv3d(torch.cat([before, x], 2), w, b, padding=(0, 1, 1)),
        [CLIP, (3, 4, 3, 3, 3), (3,), (2, 4, 2, 5, 6)], -1, 1),
    "conv strided in time with a frame before": (
        lambda x, w, before: F.conv3d(
            pad_time(torch.cat([before, x], 2), 1), w, stride=(2, 1, 1), padding=(0, 1, 1)),
        [(1, 4, 4, 3, 4), (4, 4, 3, 3, 3), (1, 4, 1, 3, 4)], -1, 1),
    "conv upsampled in time": (
        lambda x, w, b: F.conv3d(pad_time(twice(x, 2), 2), w, b, padding=(0, 1, 1)),
        [CLIP, (3, 4, 3, 3, 3), (3,)], -1, 1),
    "conv upsampled in space": (
        lambda x, w: F.conv3d(twice(twice(x, 3), 4), w, padding=(0, 1, 1)), [CLIP, (5, 4, 1, 3, 3)], -1, 1),
    "conv upsampled, with frames before, mixed with them": (
        mixed_upsampled, [CLIP, (4, 4, 3, 3, 3), (4,), (2, 4, 1, 5, 6), (1,)], -1, 1),
    "conv with a residual": (
        lambda x, w, residual: F.conv3d(x, w, padding=(0, 1, 1)) + residual,
        [CLIP, (5, 4, 1, 3, 3), (2, 5, 3, 5, 6)], -1, 1),
    "conv strided in time, mixed": (
        lambda x, w, residual, m: mix(
            F.conv3d(pad_time(x, 1), w, stride=(2, 1, 1), padding=(0, 1, 1)), residual, m),
        [(1, 4, 6, 3, 4), (4, 4, 3, 3, 3), (1, 4, 3, 3, 4), (1,)], -1, 1),
    "conv 1x1x1": (F.conv3d, [CLIP, (6, 4, 1, 1, 1)], -1, 1),
    "conv with many channels": (
        lambda x, w, b: F.conv3d(x, w, b, padding=(0, 1, 1)), [(1, 33, 2, 5, 19), (35, 33, 1, 3, 3), (35,)], -1, 1),
    "pad zero": (lambda x: F.pad(F.pad(x, (0, 0, 1, 2)), (0, 0, 0, 0, 0, 1)), [(2, 3, 4)], -1, 1),
    "pad replicate": (
        lambda x: torch.cat([x[:, :1], x[:, :1], x, x[:, -1:]], 1), [(2, 3, 4)], -1, 1),
    "pad reflect": (lambda x: F.pad(x, (3, 2), mode="reflect"), [(2, 3, 4)], -1, 1),
    "concat": (lambda a, b, c: torch.cat([a, b, c], 1), [(2, 1, 3), (2, 4, 3), (2, 2, 3)], -1, 1),
    "stack": (lambda a, b: torch.stack([a, b], 1), [(2, 3), (2, 3)], -1, 1),
    "slice": (lambda x: x[1:, :, 1:-1], [(3, 2, 5)], -1, 1),
    "permute": (lambda x: x.permute(2, 0, 1) * 2, [(3, 2, 5)], -1, 1),
    "reshape": (lambda x: x.mT.reshape(3, -1), [(2, 3, 4)], -1, 1),
    "flip": (lambda x: x.flip(0, 2) * x.sum(), [(3, 2, 4)], -1, 1),
    "every": (lambda x: x[::3, ::2], [(7, 5)], -1, 1),
    "spread": (spread, [(2, 3)], -1, 1),
    "expand": (lambda x: x.expand(4, 3, 2).exp(), [(3, 1)], -1, 1),
    "nearest x2 in time": (lambda x: twice(x, 2), [CLIP], -1, 1),
    "nearest x2 in space": (lambda x: twice(twice(x, 3), 4), [CLIP], -1, 1),
    "linear x2 in time": (linear_time, [CLIP], -1, 1),
    "average pool in time": (lambda x: F.avg_pool3d(x, (2, 1, 1), (1, 1, 1)), [CLIP], -1, 1),
    "average pool": (lambda x: F.avg_pool2d(x, 2), [IMAGE], -1, 1),
    "max pool": (lambda x: F.max_pool2d(x, 2), [IMAGE], -1, 1),
    "max pool, overlapping": (lambda x: F.max_pool2d(x, 3, 2), [IMAGE], -1, 1),
    "layerNorm": (layer_norm, [CLIP, (4,), (4,)], -1, 1),
    "layerNorm and silu": (lambda x, w, b: F.silu(layer_norm(x, w, b)), [CLIP, (4,), (4,)], -1, 1),
    "layerNorm and silu, channels last": (
        lambda x, w, b: F.silu(layer_norm(x.movedim(-1, 1), w, b)), [(2, 3, 1, 4, 27), (27,), (27,)], -1, 1),
    "layerNorm of many channels": (
        lambda x, w, b: layer_norm(x.movedim(-1, 1), w, b, 1e-5), [(1, 3, 1030), (1030,), (1030,)], -1, 1),
    "layerNorm of padded channels last": (
        lambda x, w, b: layer_norm(F.pad(x.movedim(-1, 1), (1, 2)), w, b, 0.1), [(2, 3, 9), (9,), (9,)], -1, 1),
    "groupNorm": (lambda x, w, b: F.group_norm(x, 2, w, b, 1e-6), [CLIP, (4,), (4,)], -1, 1),
    "groupNorm and silu": (lambda x, w, b: F.silu(F.group_norm(x, 2, w, b, 1e-6)), [CLIP, (4,), (4,)], -1, 1),
    "batchNorm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [IMAGE, (3,), (3,)], -1, 1),
    "batchNorm with running statistics": (
        lambda x, w, b, m, v: (x - m[:, None, None]) / torch.sqrt(v.square() + 0.5 + 1e-5)[:, None, None]
        * w[:, None, None] + b[:, None, None],
        [IMAGE, (3,), (3,), (3,), (3,)], -1, 1),
    "attention": (attention, [(2, 3, 4), (2, 5, 4), (2, 5, 6)], -1, 1),
    "resize smaller": (resize((4, 5)), [IMAGE], -1, 1),
    "resize larger": (resize((9, 11)), [IMAGE], -1, 1),
}


def evaluate(f, shapes, low, high):
    inputs = [noise(f"input{i}", shape, low, high).requires_grad_() for i, shape in enumerate(shapes)]
    y = f(*inputs)
    if y.requires_grad:
        y.backward(noise("cotangent", tuple(y.shape)))
    return [y.detach()] + [x.grad if x.grad is not None else torch.zeros_like(x) for x in inputs]


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        raw = struct.pack(f"<{value.numel()}f", *value.float().flatten().tolist())
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def main():
    tensors = {}
    for name, case in CASES.items():
        y, *gradients = evaluate(*case)
        tensors[f"{name}/y"] = y
        for i, gradient in enumerate(gradients):
            tensors[f"{name}/dx{i}"] = gradient
    write("test/fixtures/torch.safetensors", tensors, {"torch": torch.__version__})


if __name__ == "__main__":
    main()
