"""Writes the torch files of negative views and of unread types in test/fixtures (PyTorch 2.13, no GPU)."""

import collections
import json
import pathlib
import warnings

import torch

fixtures = pathlib.Path(__file__).parent.parent / "test" / "fixtures"
warnings.simplefilter("ignore")

# Negative views as torch.load rebuilds them: every type that has a negation, dense and strided.
types = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8".split()
views = collections.OrderedDict()
for name in types:
    special = [0, -0.0, float("inf"), 1.5, -2] if name.startswith(("float", "bfloat")) else [0, 1, 2, 100, 127]
    views[name] = torch._neg_view(torch.tensor(special).to(getattr(torch, name)))
views["int8.least"] = torch._neg_view(torch.tensor([-128, -127, 5], dtype=torch.int8))
views["int64.least"] = torch._neg_view(torch.tensor([-(2**63), 2**62]))
ramp = torch.arange(24.0).reshape(4, 6)
views["transposed"] = torch._neg_view(ramp.t())
views["columns"] = torch._neg_view(ramp)[:, 1::2]
views["half.columns"] = torch._neg_view(ramp.half())[1:, ::3]
views["twice"] = torch._neg_view(torch._neg_view(ramp[0]))
views["positive"] = ramp[0]
numbers = torch.complex(ramp[0], ramp[1])
views["imaginary"] = numbers.conj().imag
views["real"] = numbers.conj().real
views["parameter"] = torch.nn.Parameter(torch._neg_view(ramp[2]))
views["parameter.attributes"] = torch.nn.Parameter(torch._neg_view(ramp[3]))
views["parameter.attributes"].note = "kept"
torch.save(views, fixtures / "negative.ckpt")
torch.save(views, fixtures / "negativeLegacy.ckpt", _use_new_zipfile_serialization=False)


def raw(tensor):
    dense = tensor.detach().resolve_neg().contiguous()
    return dense.flatten().view(torch.uint8).numpy().tobytes().hex()


loaded = torch.load(fixtures / "negative.ckpt", weights_only=False)
expected = {name: {"shape": list(t.shape), "bytes": raw(t)} for name, t in loaded.items()}


class Script(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("negative", torch._neg_view(ramp[1].clone()))
        self.register_buffer("conjugate", numbers.conj())

    def forward(self, x):
        return x


torch.jit.script(Script()).save(fixtures / "negativeScript.pt")
script = torch.jit.load(fixtures / "negativeScript.pt")
expected["script"] = {"shape": [6], "bytes": raw(script.negative)}
(fixtures / "negative.json").write_text(json.dumps(expected, indent=1) + "\n")

# Types and layouts that are listed and not read.
values = torch.tensor([[0.0, 1.0], [2.0, 0.0]])
foreign = {
    "weight": values,
    "complex64": numbers,
    "complex128.conjugate": numbers.to(torch.complex128).conj(),
    "complex32": numbers.to(torch.complex32),
    "qint8": torch.quantize_per_tensor(values, 0.1, 0, torch.qint8),
    "quint8.channels": torch.quantize_per_channel(
        values, torch.tensor([0.1, 0.2]), torch.tensor([0, 1]), 0, torch.quint8
    ),
    "sparse": values.to_sparse(),
    "csr": values.to_sparse_csr(),
    "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "meta": torch.empty(5, 7, device="meta"),
    "bool.negative": torch._neg_view(torch.tensor([True, False])),
}
for name in "float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu".split():
    foreign[name] = values.to(getattr(torch, name))
torch.save({"state_dict": foreign, "epoch": 3}, fixtures / "foreign.ckpt")
