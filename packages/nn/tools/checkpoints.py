"""Writes the torch files in test/fixtures that the checkpoint tests read (PyTorch 1.13, no GPU)."""

import collections
import os
import pathlib
import sys
import types

import torch

fixtures = pathlib.Path(__file__).parent.parent / "test" / "fixtures"


def ramp(*shape, dtype=torch.float32):
    count = int(torch.tensor(shape).prod()) if shape else 1
    return torch.arange(count).reshape(shape).to(dtype)


# Classes of a module the reader cannot know.
unknown = types.ModuleType("unknown_module")


class CallbackState:
    def __init__(self):
        self.best = ramp(3)
        self.seen = {1, 2}


class AttributeDict(dict):
    pass


class Command:
    def __reduce__(self):
        return os.system, ("touch pickle-was-executed",)


for kind in (CallbackState, AttributeDict):
    kind.__module__ = "unknown_module"
    setattr(unknown, kind.__name__, kind)
sys.modules["unknown_module"] = unknown

dtypes = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool".split()
torch.save({n: torch.tensor([0, 1, 2, 100]).to(getattr(torch, n)) for n in dtypes}, fixtures / "dtypes.ckpt")

state = collections.OrderedDict()
state["a.weight"] = torch.nn.Parameter(ramp(2, 3))
state["a.bias"] = ramp(3)
state["scalar"] = torch.tensor(7.0)
state["empty"] = ramp(0, 3)
state["expanded"] = ramp(2, 1).expand(2, 3)
state._metadata = collections.OrderedDict(version=1)
lightning = {
    "epoch": 3,
    "global_step": 1234,
    "pytorch-lightning_version": "2.2.4",
    "state_dict": state,
    "callbacks": {"ModelCheckpoint": {"state": CallbackState(), "path": pathlib.PurePosixPath("x")}},
    "optimizer_states": [
        {
            "state": {0: {"step": torch.tensor(5.0), "exp_avg": ramp(2, 3)}},
            "param_groups": [{"lr": 1e-5, "betas": (0.9, 0.999), "params": [0]}],
        }
    ],
    "hyper_parameters": AttributeDict(x=None, big=2**80, negative=-(2**40)),
    "command": Command(),
}
torch.save(lightning, fixtures / "lightning.ckpt")
torch.save(lightning, fixtures / "lightningProtocol4.ckpt", pickle_protocol=4)
base = ramp(4, 6)
views = {"full": base, "t": base.t(), "slice": base[1:3, 2:5], "row": base[2], "flat": base.view(24)[::5]}
torch.save(views, fixtures / "legacyViews.ckpt", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 2), fixtures / "wholeModule.ckpt")

for protocol in (2, 3, 4, 5):
    torch.save(
        {"a.weight": ramp(2, 3), "a.bias": ramp(3)},
        fixtures / f"legacyProtocol{protocol}.ckpt",
        pickle_protocol=protocol,
        _use_new_zipfile_serialization=False,
    )
