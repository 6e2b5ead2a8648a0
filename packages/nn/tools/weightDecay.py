"""Writes test/fixtures/weightDecay.ckpt: Adam and AdamW with weight decay and a learning rate that changes, as PyTorch
1.13 computes them in float64, from the weights and gradients of training.ckpt."""

import pathlib

import torch

fixtures = pathlib.Path(__file__).parent.parent / "test" / "fixtures"
training = torch.load(fixtures / "training.ckpt", weights_only=True)
rates = [0.01, 0.03, 0.002, 0.01]
cases = {"torch": torch.__version__, "weight_decay": "0.1", "rates": torch.tensor(rates)}
for name in ("Adam", "AdamW"):
    parameters = [torch.nn.Parameter(start.double()) for start in training["start"]]
    optimizer = getattr(torch.optim, name)(parameters, lr=rates[0], weight_decay=0.1)
    cases[name] = []
    for lr, step in zip(rates, training["steps"]):
        for group in optimizer.param_groups:
            group["lr"] = lr
        for parameter, gradient in zip(parameters, step["gradients"]):
            parameter.grad = gradient.double()
        torch.nn.utils.clip_grad_norm_(parameters, 10.0)
        optimizer.step()
        cases[name].append([p.detach().float() for p in parameters])
torch.save(cases, fixtures / "weightDecay.ckpt")
