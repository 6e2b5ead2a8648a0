"""Single convolutions in PyTorch, for comparison.

Reads lines of JSON and answers each with a line:
{"input": [n, c, t, h, w], "weight": [o, c, kt, kh, kw], "stride": [t, h, w], "padding": [t, h, w], "threads", "precision"} -> {"torch", "capability"}
null -> {"seconds"}
"""

import json
import sys
import time

import torch
from torch.nn import functional as F


def squeezed(task):
    """The task's sizes with frames as images where the kernel spans no time: PyTorch is faster at that."""
    n, c, t, h, w = task["input"]
    if task["weight"][2] > 1:
        return F.conv3d, (n, c, t, h, w), task["weight"], task["stride"], task["padding"]
    o, _, _, kh, kw = task["weight"]
    return F.conv2d, (n * t, c, h, w), (o, c, kh, kw), task["stride"][1:], task["padding"][1:]


def main():
    run = None
    for line in sys.stdin:
        task = json.loads(line)
        if task:
            torch.set_num_threads(task["threads"])
            conv, shape, weight, stride, padding = squeezed(task)
            layout = torch.channels_last if len(shape) == 4 else torch.channels_last_3d
            dtype = torch.bfloat16 if task["precision"] == "bf16" else torch.float32
            x = torch.rand(shape).to(dtype, memory_format=layout)
            w = torch.rand(weight).to(dtype, memory_format=layout)
            bias = torch.rand(weight[0]).to(dtype)
            run = lambda: conv(x, w, bias, stride=stride, padding=padding)
            with torch.inference_mode():
                run()
            answer = {"torch": torch.__version__, "capability": torch.backends.cpu.get_cpu_capability()}
        else:
            with torch.inference_mode():
                begin = time.perf_counter()
                run()
                answer = {"seconds": time.perf_counter() - begin}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
