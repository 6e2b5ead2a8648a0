"""I3D up to the logits of Kinetics-400 in PyTorch, with the names of the file i3d_pretrained_400.pt."""

import torch
from torch import nn
from torch.nn import functional as F


def pad_same(x, kernel, stride):
    """TensorFlow's "same": ceil(size / stride) outputs, odd zeros behind."""
    zeros = []
    for size, taps, step in zip(x.shape[2:], kernel, stride):
        total = max(taps - (size % step or step), 0)
        zeros = [total // 2, total - total // 2, *zeros]
    return F.pad(x, zeros)


def pool(x, kernel, stride):
    return F.max_pool3d(pad_same(x, kernel, stride), kernel, stride)


class Unit(nn.Module):
    def __init__(self, a, b, size, step=1):
        super().__init__()
        self.kernel, self.stride = (size,) * 3, (step,) * 3
        self.conv3d = nn.Conv3d(a, b, size, step, bias=False)
        self.bn = nn.BatchNorm3d(b, eps=1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv3d(pad_same(x, self.kernel, self.stride))))


class Mixed(nn.Module):
    def __init__(self, a, b0, b1a, b1b, b2a, b2b, b3b):
        super().__init__()
        self.b0 = Unit(a, b0, 1)
        self.b1a, self.b1b = Unit(a, b1a, 1), Unit(b1a, b1b, 3)
        self.b2a, self.b2b = Unit(a, b2a, 1), Unit(b2a, b2b, 3)
        self.b3b = Unit(a, b3b, 1)

    def forward(self, x):
        around = pool(x, (3, 3, 3), (1, 1, 1))
        branches = [self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(around)]
        return torch.cat(branches, 1)


class I3d(nn.Module):
    def __init__(self):
        super().__init__()
        self.Conv3d_1a_7x7 = Unit(3, 64, 7, 2)
        self.Conv3d_2b_1x1 = Unit(64, 64, 1)
        self.Conv3d_2c_3x3 = Unit(64, 192, 3)
        self.Mixed_3b = Mixed(192, 64, 96, 128, 16, 32, 32)
        self.Mixed_3c = Mixed(256, 128, 128, 192, 32, 96, 64)
        self.Mixed_4b = Mixed(480, 192, 96, 208, 16, 48, 64)
        self.Mixed_4c = Mixed(512, 160, 112, 224, 24, 64, 64)
        self.Mixed_4d = Mixed(512, 128, 128, 256, 24, 64, 64)
        self.Mixed_4e = Mixed(512, 112, 144, 288, 32, 64, 64)
        self.Mixed_4f = Mixed(528, 256, 160, 320, 32, 128, 128)
        self.Mixed_5b = Mixed(832, 256, 160, 320, 32, 128, 128)
        self.Mixed_5c = Mixed(832, 384, 192, 384, 48, 128, 128)
        self.logits = nn.ModuleDict({"conv3d": nn.Conv3d(1024, 400, 1)})

    def forward(self, x):
        x = pool(self.Conv3d_1a_7x7(x), (1, 3, 3), (1, 2, 2))
        x = pool(self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(x)), (1, 3, 3), (1, 2, 2))
        x = pool(self.Mixed_3c(self.Mixed_3b(x)), (3, 3, 3), (2, 2, 2))
        for letter in "bcdef":
            x = getattr(self, f"Mixed_4{letter}")(x)
        x = self.Mixed_5c(self.Mixed_5b(pool(x, (2, 2, 2), (2, 2, 2))))
        return self.logits["conv3d"](F.avg_pool3d(x, (2, 7, 7), 1)).mean((2, 3, 4))
