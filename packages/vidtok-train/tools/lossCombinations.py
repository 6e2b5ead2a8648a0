"""Numbers of combinations of the loss's options, from PyTorch in float64: `python3 lossCombinations.py > ../test/fixtures/lossCombinations.json`.

The tokenizer is the causal KL one with 8 channels, latents are modes, weights and clips are hashed from their names. Each case takes two
training steps and holds what is logged in each, the gradient norms, and the norms of some tensors at the end.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

sys.path.append(str(Path(__file__).parents[3] / "bench" / "peers"))
from torchStep import Discriminator, Lpips  # noqa: E402
from torchTokenizer import Decoder, Encoder  # noqa: E402

HALF = {
    **{"channels": 8, "channelMultipliers": [1, 2, 4, 4], "numResBlocks": 2},
    **{"inChannels": 3, "outChannels": 3, "zChannels": 4, "timeDownsampleFactor": 4},
    **{"spatialDown": [0, 1, 2], "tempoDown": [2, 1], "spatialUp": [1, 2, 3], "tempoUp": [1, 2]},
}
DEFAULT = {
    **{"disc_type": "2d", "disc_loss": "hinge", "gen_loss_cross_entropy": True, "disc_start": 0},
    **{"disc_factor": 1.0, "disc_weight": 0.2, "lecam_loss_weight": 0.005},
    **{"perceptual_weight": 1.0, "learn_logvar": True},
}
CASES = {
    "vanilla": {"disc_loss": "vanilla"},
    "mean generator": {"gen_loss_cross_entropy": False, "lecam_loss_weight": 0.0},
    "vanilla, mean generator, 3-D": {
        **{"disc_loss": "vanilla", "gen_loss_cross_entropy": False, "disc_type": "3d"},
    },
    "3-D, half of LPIPS, fixed logvar": {
        **{"disc_type": "3d", "perceptual_weight": 0.5, "learn_logvar": False},
    },
    "from the second step, half of the factor": {"disc_start": 2, "disc_factor": 0.5},
}
SHAPE = (2, 3, 5, 32, 32)
RATE = 1e-3
WATCHED = (
    *("decoder.conv_out.conv.weight", "encoder.conv_in.conv.weight", "loss.discriminator.main.0.weight"),
    *("loss.discriminator.main.3.running_mean", "loss.discriminator.main.3.running_var"),
)


def hashed(name, shape):
    """Numbers in [-1, 1) as float32, the same in any language."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    low = lambda x, times: ((x & 0xFFFF) * times + ((((x >> 16) * times) & 0xFFFF) << 16)) & 0xFFFFFFFF
    h = (seed + low(h, 0x9E3779B1)) & 0xFFFFFFFF
    h = low(h ^ (h >> 16), 0x85EBCA6B)
    h = low(h ^ (h >> 13), 0xC2B2AE35)
    h = h ^ (h >> 16)
    return (2 * h.double() / 2**32 - 1).reshape(shape)


def weight(name, shape):
    if name.endswith("mix_factor"):
        return torch.full(shape, 0.3)
    if "lin" in name and name.endswith("model.1.weight"):
        return (hashed(name, shape) + 1) / 2
    if name.endswith("running_var"):
        return 1 + 0.5 * (hashed(name, shape) + 1) / 2
    if len(shape) >= 2:
        return hashed(name, shape) * (3 / torch.Size(shape[1:]).numel()) ** 0.5
    if name.endswith("weight"):
        return 1 + 0.1 * hashed(name, shape)
    return 0.1 * hashed(name, shape)


class Discriminator3d(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv3d(3, 64, 3, 2, 1), nn.LeakyReLU(0.2)]
        for a, b, stride in ((64, 128, 2), (128, 256, (1, 2, 2)), (256, 512, 1)):
            layers += [nn.Conv3d(a, b, 3, stride, 1, bias=False), nn.BatchNorm3d(b)]
            layers += [nn.LeakyReLU(0.2)]
        self.main = nn.Sequential(*layers, nn.Conv3d(512, 1, 3, 1, 1))

    def forward(self, x):
        return self.main(x)


class Loss(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.options = options
        self.logvar = nn.Parameter(torch.zeros(()), requires_grad=options["learn_logvar"])
        self.perceptual_loss = Lpips().eval().requires_grad_(False)
        self.discriminator = Discriminator3d() if options["disc_type"] == "3d" else Discriminator()
        self.real, self.fake = 0.0, 0.0

    def seen(self, clip):
        """What the discriminator takes: the clip, or its frames."""
        return clip if self.options["disc_type"] == "3d" else clip.transpose(1, 2).flatten(0, 1)

    def factor(self, step):
        return self.options["disc_factor"] if step >= self.options["disc_start"] else 0.0

    def generator(self, x, recon, last_weight, step):
        a, b = (v.transpose(1, 2).flatten(0, 1) for v in (x, recon))
        p = self.perceptual_loss(a, b)
        rec = (a - b).abs() + self.options["perceptual_weight"] * p
        nll = (rec / self.logvar.exp() + self.logvar).sum() / len(a)
        logits = self.discriminator(self.seen(recon))
        means = logits.flatten(1).mean(1)
        g = F.softplus(-means).mean() if self.options["gen_loss_cross_entropy"] else -logits.mean()
        pulls = [torch.autograd.grad(y, last_weight, retain_graph=True)[0].norm() for y in (nll, g)]
        pull = (pulls[0] / (pulls[1] + 1e-4)).clamp(0, 1e4).detach() * self.options["disc_weight"]
        total = nll + pull * self.factor(step) * g
        logs = {"nll_loss": nll, "rec_loss": rec.mean(), "p_loss": p.mean(), "d_weight": pull, "g_loss": g}
        return total, logs

    def critic(self, x, recon, step):
        real, fake = (self.discriminator(self.seen(v.detach())) for v in (x, recon))
        if self.options["disc_loss"] == "hinge":
            d = 0.5 * (F.relu(1 - real).mean() + F.relu(1 + fake).mean())
        else:
            d = 0.5 * (F.softplus(-real).mean() + F.softplus(fake).mean())
        logs = {"logits_real": real.mean(), "logits_fake": fake.mean(), "non_saturated_d_loss": d}
        total = d
        if self.options["lecam_loss_weight"] > 0:
            self.real = 0.999 * self.real + 0.001 * real.mean().item()
            self.fake = 0.999 * self.fake + 0.001 * fake.mean().item()
            lecam = F.relu(real - self.fake).square().mean() + F.relu(self.real - fake).square().mean()
            logs["lecam_loss"] = lecam
            total = d + self.options["lecam_loss_weight"] * lecam
        return self.factor(step) * total, logs


def load_hashed(model):
    for name, value in model.state_dict().items():
        if not name.endswith(("shift", "scale", "num_batches_tracked", "loss.logvar")):
            value.copy_(weight(name, value.shape).float())


def run(options):
    loss = Loss(options)
    model = nn.ModuleDict({"encoder": Encoder(HALF), "decoder": Decoder(HALF), "loss": loss}).double()
    load_hashed(model)
    # Shift and scale of LPIPS are float32 numbers in every checkpoint.
    for buffer in (loss.perceptual_loss.shift, loss.perceptual_loss.scale):
        buffer.copy_(buffer.float().double())
    critic = list(loss.discriminator.parameters())
    tokenizer = [*model["encoder"].parameters(), *model["decoder"].parameters()]
    tokenizer += [loss.logvar] if options["learn_logvar"] else []
    optimizers = [torch.optim.Adam(p, RATE) for p in (tokenizer, critic)]
    steps = []
    for index in range(2):
        step = 2 * index
        clip = hashed(f"combination{index}", SHAPE).float().double()
        mean, logvar = model["encoder"](clip).chunk(2, 1)
        logvar = logvar.clamp(-30, 20)
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).sum() / len(mean)
        recon = model["decoder"](mean)
        for p in critic:
            p.requires_grad_(False)
        total, logs = loss.generator(clip, recon, model["decoder"].conv_out.conv.weight, step)
        logs["kl_loss"] = kl
        logs["total_loss"] = total + 1e-6 * kl
        logs["grad_norm_ae"] = update(optimizers[0], tokenizer, logs["total_loss"])
        for p in critic:
            p.requires_grad_(True)
        discriminator, more = loss.critic(clip, recon, step)
        logs.update(more, disc_loss=discriminator, disc_factor=loss.factor(step))
        logs["grad_norm_disc"] = update(optimizers[1], critic, discriminator)
        steps.append({name: float(torch.as_tensor(value).detach()) for name, value in logs.items()})
    state = model.state_dict()
    return {
        "options": options,
        "steps": steps,
        "norms": {name: state[name].norm().item() for name in WATCHED},
        "lecam": [loss.real, loss.fake],
    }


def update(optimizer, parameters, loss):
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(parameters, 20.0)
    optimizer.step()
    return norm


if __name__ == "__main__":
    found = {name: run({**DEFAULT, **options}) for name, options in CASES.items()}
    meta = {"torch": torch.__version__, "dtype": "float64", "shape": SHAPE, "rate": RATE}
    json.dump({"meta": meta, "cases": found}, sys.stdout, indent=1)
    print()
