"""Writes test/fixtures/empties.json: what PyTorch makes of the op cases of goldens.py where axes of their inputs are empty.

Run by hand in packages/tensor: python3 tools/empties.py. For each case every axis of every input is made empty alone ("1.0" is axis 0 of
input 1), and all axes of the same size together ("=3"). A value or gradient is [shape, "0" | "nan" | numbers], an error null.
"""
import json
import warnings

import torch

import torch.nn.functional as F

from goldens import CASES, evaluate

# Of the ops themselves, where goldens.py composes them from others.
OPS = {
    "attention": F.scaled_dot_product_attention,
    "pad replicate": lambda x: F.pad(x.mT, (2, 1), mode="replicate").mT,
}


def variants(shapes):
    """Mirrors emptyVariants in src/testing/empties.ts."""
    for i, shape in enumerate(shapes):
        for axis in range(len(shape)):
            yield f"{i}.{axis}", [
                tuple(0 if (j, a) == (i, axis) else size for a, size in enumerate(other))
                for j, other in enumerate(shapes)
            ]
    for size in sorted({size for shape in shapes for size in shape if size > 1}):
        yield f"={size}", [tuple(0 if s == size else s for s in shape) for shape in shapes]


def described(tensor):
    values = tensor.flatten()
    if bool((values == 0).all()):
        short = "0"
    elif bool(values.isnan().all()):
        short = "nan"
    else:
        short = [round(value, 7) for value in values.float().tolist()]
    return [list(tensor.shape), short]


def outcome(f, shapes, low, high):
    try:
        return [described(tensor) for tensor in evaluate(f, shapes, low, high)]
    except (RuntimeError, IndexError, ValueError):
        return None


def main():
    warnings.simplefilter("ignore")
    table = {
        name: {key: outcome(OPS.get(name, f), shapes, low, high) for key, shapes in variants(shapes)}
        for name, (f, shapes, low, high) in CASES.items()
    }
    rows = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(rows, separators=(',', ':'))}" for name, rows in table.items()
    )
    with open("test/fixtures/empties.json", "w") as file:
        file.write(f'{{\n"torch": {json.dumps(torch.__version__)},\n"cases": {{\n{rows}\n}}\n}}\n')
    print(sum(len(rows) for rows in table.values()), "outcomes of", len(table), "cases")


if __name__ == "__main__":
    main()
