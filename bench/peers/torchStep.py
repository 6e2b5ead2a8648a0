"""One training step of the causal v1.0 KL tokenizer in PyTorch, all losses on, 2-D discriminator, latents without noise.

Reads a line of JSON, then any line for each step, and answers each with a line:
{"checkpoint", "clip", "encoder", "decoder", "bf16", "threads"} -> {"torch", "capability"}
null -> {"seconds", "rss", "nll_loss", "disc_loss"}
"""

import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F
from torchTokenizer import Decoder, Encoder


class Vgg(nn.Module):
    """The convolutions of VGG16 by their numbers there, in five slices that each end in a ReLU."""

    slices = [
        {0: (3, 64), 2: (64, 64)},
        {5: (64, 128), 7: (128, 128)},
        {10: (128, 256), 12: (256, 256), 14: (256, 256)},
        {17: (256, 512), 19: (512, 512), 21: (512, 512)},
        {24: (512, 512), 26: (512, 512), 28: (512, 512)},
    ]

    def __init__(self):
        super().__init__()
        for k, convs in enumerate(self.slices):
            layers = {str(i): nn.Conv2d(a, b, 3, padding=1) for i, (a, b) in convs.items()}
            setattr(self, f"slice{k + 1}", nn.ModuleDict(layers))

    def forward(self, x):
        features = []
        for k in range(5):
            if k:
                x = F.max_pool2d(x, 2)
            for conv in getattr(self, f"slice{k + 1}").values():
                x = F.relu(conv(x))
            features.append(x)
        return features


class Lpips(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Vgg()
        for k, c in enumerate((64, 128, 256, 512, 512)):
            head = nn.Module()
            head.model = nn.ModuleDict({"1": nn.Conv2d(c, 1, 1, bias=False)})
            setattr(self, f"lin{k}", head)
        self.register_buffer("shift", torch.tensor([-0.030, -0.088, -0.188])[:, None, None])
        self.register_buffer("scale", torch.tensor([0.458, 0.448, 0.450])[:, None, None])

    def forward(self, a, b):
        pairs = zip(*(self.net((x - self.shift) / self.scale) for x in (a, b)))
        total = 0
        for k, pair in enumerate(pairs):
            u, v = (f / (f.square().sum(1, keepdim=True).sqrt() + 1e-10) for f in pair)
            head = getattr(self, f"lin{k}").model["1"]
            total = total + head((u - v).square()).mean((2, 3), keepdim=True)
        return total


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2)]
        for a, b, stride in ((64, 128, 2), (128, 256, 2), (256, 512, 1)):
            layers += [nn.Conv2d(a, b, 4, stride, 1, bias=False), nn.BatchNorm2d(b)]
            layers += [nn.LeakyReLU(0.2)]
        self.main = nn.Sequential(*layers, nn.Conv2d(512, 1, 4, 1, 1))

    def forward(self, x):
        return self.main(x)


class Loss(nn.Module):
    def __init__(self):
        super().__init__()
        self.logvar = nn.Parameter(torch.zeros(()))
        self.perceptual_loss = Lpips().eval().requires_grad_(False)
        self.discriminator = Discriminator()
        self.real, self.fake = 0.0, 0.0

    def generator(self, x, recon, last_weight):
        rec = (x - recon).abs() + self.perceptual_loss(x, recon)
        nll = (rec / self.logvar.exp() + self.logvar).sum() / len(x)
        logits = self.discriminator(recon)
        g = F.softplus(-logits.mean((1, 2, 3))).mean()
        pulls = [torch.autograd.grad(y, last_weight, retain_graph=True)[0].norm() for y in (nll, g)]
        weight = (pulls[0] / (pulls[1] + 1e-4)).clamp(0, 1e4).detach() * 0.2
        return nll, nll + weight * g

    def critic(self, x, recon):
        real, fake = self.discriminator(x), self.discriminator(recon)
        d = 0.5 * (F.relu(1 - real).mean() + F.relu(1 + fake).mean())
        self.real = 0.999 * self.real + 0.001 * real.mean().item()
        self.fake = 0.999 * self.fake + 0.001 * fake.mean().item()
        lecam = F.relu(real - self.fake).square().mean() + F.relu(self.real - fake).square().mean()
        return d + 0.005 * lecam


class Trainer:
    def __init__(self, model, bf16):
        self.model, self.bf16 = model, bf16
        self.critic = list(model["loss"].discriminator.parameters())
        self.tokenizer = [*model["encoder"].parameters(), *model["decoder"].parameters()]
        self.tokenizer.append(model["loss"].logvar)
        self.optimizers = [torch.optim.Adam(p, 1e-5) for p in (self.tokenizer, self.critic)]

    def step(self, clip):
        with torch.autocast("cpu", torch.bfloat16, self.bf16):
            mean, logvar = self.model["encoder"](clip).float().chunk(2, 1)
            logvar = logvar.clamp(-30, 20)
            kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum() / len(mean)
            recon = self.model["decoder"](mean).float()
            frames = [v.transpose(1, 2).flatten(0, 1) for v in (clip, recon)]
            last = self.model["decoder"].conv_out.conv.weight
            self.toggle(self.critic, False)
            nll, total = self.model["loss"].generator(*frames, last)
        self.update(0, total + 1e-6 * kl)
        self.toggle(self.critic, True)
        with torch.autocast("cpu", torch.bfloat16, self.bf16):
            critic = self.model["loss"].critic(*(v.detach() for v in frames))
        self.update(1, critic)
        return nll.item(), critic.item()

    def update(self, which, loss):
        optimizer = self.optimizers[which]
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_((self.tokenizer, self.critic)[which], 20.0)
        optimizer.step()

    @staticmethod
    def toggle(parameters, wanted):
        for p in parameters:
            p.requires_grad_(wanted)


def main():
    task = json.loads(sys.stdin.readline())
    torch.set_num_threads(task["threads"])
    halves = {"encoder": Encoder(task["encoder"]), "decoder": Decoder(task["decoder"])}
    model = nn.ModuleDict({**halves, "loss": Loss()})
    state = torch.load(task["checkpoint"], weights_only=True)["state_dict"]
    # LPIPS keeps its scaling in this file; batch statistics start as PyTorch starts them.
    unknown = model.load_state_dict(state, strict=False)
    missing = [k for k in unknown.missing_keys if not k.endswith(("shift", "scale", "num_batches_tracked"))]
    assert not missing, missing
    trainer = Trainer(model, task["bf16"])
    data = open(task["clip"]["path"], "rb").read()
    clip = torch.frombuffer(bytearray(data), dtype=torch.float32).reshape(task["clip"]["shape"])
    capability = torch.backends.cpu.get_cpu_capability()
    print(json.dumps({"torch": torch.__version__, "capability": capability}), flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        nll, d = trainer.step(clip)
        seconds = time.perf_counter() - begin
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        answer = {"seconds": seconds, "rss": rss, "nll_loss": nll, "disc_loss": d}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
