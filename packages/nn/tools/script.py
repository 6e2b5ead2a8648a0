"""Writes test/fixtures/script.pt: a TorchScript archive as torch.jit.save of PyTorch 1.13 makes it."""

import pathlib
from typing import List

import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv3d = nn.Conv3d(inputs, outputs, 1, bias=False)
        self.bn = nn.BatchNorm3d(outputs)

    def forward(self, x: torch.Tensor):
        return torch.relu(self.bn(self.conv3d(x)))


class Net(nn.Module):
    sizes: List[int]

    def __init__(self):
        super().__init__()
        self.scale = 2.0
        self.sizes = [1, 2]
        self.first = Unit(2, 3)
        self.register_buffer("shift", torch.arange(4).half())
        self.rest = nn.Sequential(Unit(3, 2), nn.MaxPool3d(1))

    def forward(self, x: torch.Tensor):
        return self.rest(self.first(x)) * self.scale + len(self.sizes)


net = Net().eval()
with torch.no_grad():
    for i, parameter in enumerate(net.parameters()):
        parameter.copy_(torch.arange(parameter.numel()).view_as(parameter) + 10 * i)
path = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "script.pt"
torch.jit.script(net).save(str(path))
