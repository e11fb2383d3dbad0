"""What the fixtures are made of: random inputs, tensors as JSON, attention by an explicit mask."""

import importlib.metadata
import json
import math

import numpy as np
import torch

SEED = 20240229


def normal(*shape, scale=1.0):
    """Normal values that f32 holds exactly, as a leaf that autograd follows."""
    values = torch.round(torch.randn(*shape, dtype=torch.float64) * scale * 4096) / 4096
    return values.requires_grad_()


def number(value):
    value = float(value.detach() if isinstance(value, torch.Tensor) else value)
    if math.isfinite(value):
        return int(value) if value == int(value) and abs(value) < 2**53 and value != 0 else value
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")


def tensor(values):
    array = np.asarray(values.detach() if isinstance(values, torch.Tensor) else values, dtype=np.float64)
    return {"shape": list(array.shape), "values": [number(v) for v in array.reshape(-1)]}


def relative(got, want):
    """The norm of the difference over the norm of what is wanted."""
    return number((got - want).norm() / want.norm())


def gradients(y, dy, *inputs):
    return [tensor(g) for g in torch.autograd.grad(y, inputs, dy)]


def write(path, content):
    packages = ["torch", "numpy", "transformers", "gguf", "randomgen"]
    header = {
        "made_by": "Tools/fixtures.py",
        "seed": SEED,
        "versions": {name: importlib.metadata.version(name) for name in packages},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**header, **content}, separators=(",", ":"), allow_nan=False) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


def masked_attention(q, k, v, mask, heads, kv_heads, scale):
    """Attention by an explicit boolean mask (queries, keys); also the log of the softmax's denominator."""
    size = q.shape[1] // heads

    def split(x, n):
        return x.view(-1, n, size).transpose(0, 1)

    def grouped(x):
        return split(x, kv_heads).repeat_interleave(heads // kv_heads, dim=0)

    scores = (split(q, heads) @ grouped(k).mT) * scale
    scores = scores.masked_fill(~mask, -math.inf)
    o = torch.softmax(scores, dim=-1) @ grouped(v)
    return o.transpose(0, 1).reshape(q.shape), torch.logsumexp(scores, dim=-1).T


def packed(lengths):
    """For documents laid end to end: where the document of each row starts, and its position there."""
    starts = [s for i, n in enumerate(lengths) for s in [sum(lengths[:i])] * n]
    return starts, [t - s for t, s in enumerate(starts)]
