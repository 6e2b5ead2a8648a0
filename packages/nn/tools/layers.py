"""Writes test/fixtures/layers.ckpt and training.ckpt: layers, Adam and clipping as PyTorch 1.13 computes them in
float64 from float32 inputs."""

import collections
import pathlib

import torch
from torch import nn

fixtures = pathlib.Path(__file__).parent.parent / "test" / "fixtures"
torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
cases = collections.OrderedDict()


def noise(*shape):
    return torch.randn(*shape, dtype=torch.float32).double()


def rounded(tree):
    """The tree with its tensors as float32."""
    if isinstance(tree, torch.Tensor):
        return tree.detach().float().clone()
    if isinstance(tree, dict):
        return {key: rounded(value) for key, value in tree.items()}
    return [rounded(value) for value in tree]


def randomise(module):
    for parameter in module.parameters():
        parameter.data = noise(*parameter.shape)
    return module


def case(name, module, x, run=None):
    """Stores input, state, output, an output gradient and the gradients of input and parameters."""
    x = x.requires_grad_()
    module.zero_grad(set_to_none=True)
    for parameter in module.parameters():
        parameter.data = parameter.data.float().double()
    before = {k: v.clone() for k, v in module.state_dict().items()}
    y = (run or module)(x)
    dy = noise(*y.shape)
    y.backward(dy)
    entry = {"x": x, "y": y, "dy": dy, "dx": x.grad, "state": before}
    entry["gradients"] = {k: p.grad for k, p in module.named_parameters()}
    entry["after"] = {k: v.clone() for k, v in module.state_dict().items()}
    cases[name] = entry


def per_frame(module):
    """Runs a module for [n, c, h, w] on the frames of [n, c, t, h, w]."""

    def run(x):
        n, c, t, h, w = x.shape
        y = module(x.transpose(1, 2).reshape(n * t, c, h, w))
        return y.reshape(n, t, *y.shape[1:]).transpose(1, 2)

    return run


def per_pixel(module):
    """Runs a module for [n, c, t] on the pixels of [n, c, t, h, w]."""

    def run(x):
        n, c, t, h, w = x.shape
        y = module(x.permute(0, 3, 4, 1, 2).reshape(n * h * w, c, t))
        return y.reshape(n, h, w, *y.shape[1:]).permute(0, 3, 4, 1, 2)

    return run


def per_position(module):
    def run(x):
        n, c, t, h, w = x.shape
        y = module(x.permute(0, 2, 3, 4, 1).reshape(-1, c, 1))
        return y.reshape(n, t, h, w, c).permute(0, 4, 1, 2, 3)

    return run


clip = (2, 4, 5, 3, 6)
case("conv3d", nn.Conv3d(4, 3, (3, 1, 3), stride=(2, 1, 1), padding=(1, 0, 1)), noise(*clip))
conv2d = nn.Conv2d(4, 5, 3, stride=2)
case("conv2d per frame", conv2d, noise(*clip), lambda x: per_frame(conv2d)(nn.functional.pad(x, (0, 1, 0, 1))))
conv1d = nn.Conv1d(4, 4, 3, bias=False)
case("conv1d over time", conv1d, noise(*clip), lambda x: per_pixel(conv1d)(nn.functional.pad(x, (0, 0, 0, 0, 2, 0))))
case("linear", nn.Linear(6, 5), noise(2, 3, 6))
layernorm = randomise(nn.LayerNorm(4, eps=1e-6))
case("layernorm", layernorm, noise(*clip), lambda x: layernorm(x.movedim(1, -1)).movedim(-1, 1))
groupnorm = randomise(nn.GroupNorm(2, 4, eps=1e-6))
case("groupnorm", groupnorm, noise(*clip))
for name, wrap in {"frame": per_frame, "pixel": per_pixel, "position": per_position}.items():
    groupnorm = randomise(nn.GroupNorm(2, 4, eps=1e-6))
    case(f"groupnorm per {name}", groupnorm, noise(*clip), wrap(groupnorm))
batchnorm = randomise(nn.BatchNorm3d(4, eps=1e-3))
case("batchnorm in training", batchnorm, noise(*clip) * 2 + 1)
case("batchnorm in evaluation", batchnorm.eval(), noise(*clip))
torch.save(rounded(cases), fixtures / "layers.ckpt")

parameters = [nn.Parameter(noise(3, 4)), nn.Parameter(noise(5))]
adam = torch.optim.Adam(parameters, lr=0.01)
training = {"start": [p.detach().clone() for p in parameters], "steps": []}
for _ in range(4):
    step = {"gradients": [noise(*p.shape) * 3 for p in parameters]}
    for parameter, gradient in zip(parameters, step["gradients"]):
        parameter.grad = gradient.clone()
    step["norm"] = nn.utils.clip_grad_norm_(parameters, 10.0)
    adam.step()
    step["values"] = [p.detach().clone() for p in parameters]
    training["steps"].append(step)
training["exp_avg"] = [adam.state[p]["exp_avg"] for p in parameters]
training["exp_avg_sq"] = [adam.state[p]["exp_avg_sq"] for p in parameters]
torch.save(rounded(training), fixtures / "training.ckpt")
