#!/usr/bin/env python3
"""Writes the fixtures that the reference implementation and the whole-graph test are held to.

Every value comes from PyTorch (float64, derivatives by autograd), transformers, gguf, randomgen or NumPy; none
from this project. Run from the root of the repository:

    python3 -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install torch numpy transformers gguf randomgen
    /tmp/fixtures/bin/python Tools/fixtures.py                 # writes Tests/*/Fixtures/*.json
    /tmp/fixtures/bin/python Tools/fixtures.py --output DIR --only rope adamw

A file holds the seed, the library versions and a list of cases. A tensor is {"shape": [...], "values": [...]},
row-major; NaN and infinities are the strings "nan", "inf" and "-inf". Inputs are multiples of 2^-12, so that f32
holds them exactly and the files stay small; results have all the digits of a float64.
"""

import argparse
import math
import pathlib

import gguf
import numpy as np
import torch
import torch.nn.functional as F
import transformers
from randomgen import Philox
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

from fixture_llama import llama_block
from fixture_values import SEED, gradients, masked_attention, normal, number, packed, tensor, write

ROOT = pathlib.Path(__file__).resolve().parent.parent


def matmul():
    cases = []
    for mode in ("nn", "nt", "tn"):
        for batches, m, n, k, alpha, accumulate in (
            (1, 5, 7, 3, 1.0, False),
            (3, 4, 1, 9, -0.75, True),
            (1, 1, 33, 31, 1.0, False),
        ):
            a = normal(batches, *((k, m) if mode == "tn" else (m, k)))
            b = normal(batches, *((n, k) if mode == "nt" else (k, n)))
            product = alpha * (a.mT if mode == "tn" else a) @ (b.mT if mode == "nt" else b)
            c0, dc = normal(batches, m, n), normal(batches, m, n)
            da, db = gradients(product, dc, a, b)
            cases.append(
                dict(
                    mode=mode,
                    batches=batches,
                    alpha=alpha,
                    accumulate=accumulate,
                    a=tensor(a),
                    b=tensor(b),
                    c0=tensor(c0),
                )
                | dict(c=tensor(c0 + product if accumulate else product), dc=tensor(dc), da=da, db=db)
            )
    return cases


def matvec():
    cases = []
    for r, n, k in ((1, 31, 33), (3, 5, 1), (8, 9, 17)):
        x, weight = normal(r, k), normal(n, k)
        cases.append(dict(x=tensor(x), weight=tensor(weight), y=tensor(F.linear(x, weight))))
    return cases


def rms_norm():
    cases = []
    for t, d, epsilon in ((1, 1, 1e-5), (3, 33, 1e-5), (2, 257, 1e-6), (5, 8, 0.5)):
        x, weight, dy = normal(t, d), normal(d), normal(t, d)
        y = F.rms_norm(x, (d,), weight, epsilon)
        dx, dw = gradients(y, dy, x, weight)
        cases.append(
            dict(
                epsilon=epsilon, x=tensor(x), weight=tensor(weight), y=tensor(y), dy=tensor(dy), dx=dx, dw=dw
            )
        )
    return cases


def llama3_frequencies(
    frequencies, factor, low_freq_factor, high_freq_factor, original_max_position_embeddings
):
    """_compute_llama3_parameters of transformers, which has float32 alone, in float64."""
    wavelengths = 2 * math.pi / frequencies
    smooth = (original_max_position_embeddings / wavelengths - low_freq_factor) / (
        high_freq_factor - low_freq_factor
    )
    smooth = smooth.clamp(0, 1)
    return (1 - smooth) * frequencies / factor + smooth * frequencies


def rope():
    llama3 = dict(
        factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192
    )
    cases = []
    for size, theta, scaling, options in (
        (8, 10000.0, "default", {}),
        (12, 10000.0, "linear", dict(factor=4.0)),
        (64, 500000.0, "llama3", llama3),
    ):
        frequencies = theta ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        if scaling == "linear":
            frequencies = frequencies / options["factor"]
        if scaling == "llama3":
            frequencies = llama3_frequencies(frequencies, **options)
        parameters = dict(rope_type=scaling, rope_theta=theta, **options)
        config = transformers.LlamaConfig(
            head_dim=size,
            rope_parameters=parameters,
            max_position_embeddings=131072,
            num_attention_heads=1,
            hidden_size=size,
        )
        theirs = LlamaRotaryEmbedding(config).inv_freq
        torch.testing.assert_close(frequencies.float(), theirs, rtol=1e-6, atol=0)

        heads = 3 if size < 64 else 1
        positions = torch.tensor([0, 1, 5, 31, 4097, 65536, 131071])
        angles = positions[:, None].double() * frequencies
        cosine, sine = (torch.cat((table, table), dim=-1)[None] for table in (angles.cos(), angles.sin()))
        x, dy = normal(len(positions), heads * size), normal(len(positions), heads * size)
        y, _ = apply_rotary_pos_emb(*[x.view(1, -1, heads, size).transpose(1, 2)] * 2, cosine, sine)
        y = y.transpose(1, 2).reshape(x.shape)
        (dx,) = gradients(y, dy, x)
        cases.append(
            dict(
                head_size=size, theta=theta, scaling=scaling, options=options, frequencies=tensor(frequencies)
            )
            | dict(transformers_frequencies=tensor(theirs), positions=positions.tolist())
            | dict(
                cosine=tensor(angles.cos()),
                sine=tensor(angles.sin()),
                x=tensor(x),
                y=tensor(y),
                dy=tensor(dy),
                dx=dx,
            )
        )
    return cases


def attention():
    cases = []
    for lengths, dead, heads, kv_heads, size, window in (
        ([1], 0, 1, 1, 4, 0),
        ([13], 0, 4, 2, 8, 0),
        ([5, 1, 7], 0, 4, 2, 8, 0),
        ([9, 11, 3], 2, 3, 1, 4, 4),
        ([33], 0, 2, 2, 12, 7),
    ):
        live = sum(lengths)
        starts = packed(lengths)[0] + [10**6] * dead
        t = torch.arange(live)
        mask = (t[None] <= t[:, None]) & (t[None] >= torch.tensor(starts[:live])[:, None])
        if window:
            mask &= t[:, None] - t[None] < window
        scale = 1 / math.sqrt(size)
        q, k, v = (
            normal(live + dead, heads * size),
            normal(live + dead, kv_heads * size),
            normal(live + dead, kv_heads * size),
        )
        dO = normal(live + dead, heads * size)
        o, lse = masked_attention(q[:live], k[:live], v[:live], mask, heads, kv_heads, scale)
        o, lse = F.pad(o, (0, 0, 0, dead)), F.pad(lse, (0, 0, 0, dead))
        dq, dk, dv = gradients(o, dO, q, k, v)
        cases.append(
            dict(
                heads=heads,
                kv_heads=kv_heads,
                window=window,
                scale=scale,
                document_start=starts,
                q=tensor(q),
                k=tensor(k),
            )
            | dict(v=tensor(v), o=tensor(o), lse=tensor(lse), dO=tensor(dO), dq=dq, dk=dk, dv=dv)
        )
    return cases


def paged_attention():
    """Sequences scattered over the blocks of a pool; each is attended to as one dense sequence."""
    cases = []
    for lengths, window in (([35, 3, 70], 0), ([33, 65], 20)):
        heads, kv_heads, size, block = 4, 2, 4, 32
        counts = [-(-n // block) for n in lengths]
        physical = torch.randperm(sum(counts) + 2).tolist()
        table = [[physical.pop() for _ in range(count)] for count in counts]
        keys, values = ([normal(n, kv_heads * size).detach() for n in lengths] for _ in range(2))
        slots = [[table[s][p // block] * block + p % block for p in range(n)] for s, n in enumerate(lengths)]
        rows = [(s, p) for s, n in enumerate(lengths) for p in sorted({0, 1, n // 2, n - 1})]
        q = normal(len(rows), heads * size).detach()
        o = []
        for i, (s, p) in enumerate(rows):
            seen = torch.arange(lengths[s])
            mask = (seen <= p) & (p - seen < (window or lengths[s]))
            o.append(masked_attention(q[i : i + 1], keys[s], values[s], mask[None], heads, kv_heads, 0.5)[0])
        cases.append(
            dict(
                heads=heads,
                kv_heads=kv_heads,
                window=window,
                scale=0.5,
                blocks=sum(counts) + 2,
                block_table=table,
            )
            | dict(slots=sum(slots, []), keys=tensor(torch.cat(keys)), values=tensor(torch.cat(values)))
            | dict(
                sequences=[s for s, _ in rows],
                positions=[p for _, p in rows],
                q=tensor(q),
                o=tensor(torch.cat(o)),
            )
        )
    return cases


def silu_gate():
    cases = []
    for t, f, spread in ((1, 1, 1.0), (3, 33, 1.0), (2, 31, 12.0)):
        gate, up, dy = normal(t, f, scale=spread), normal(t, f), normal(t, f)
        y = F.silu(gate) * up
        dgate, dup = gradients(y, dy, gate, up)
        cases.append(dict(gate=tensor(gate), up=tensor(up), y=tensor(y), dy=tensor(dy), dgate=dgate, dup=dup))
    return cases


def embedding():
    cases = []
    for v, d, tokens in ((7, 5, [3, 0, 3, 6, -1, 3, 0]), (33, 9, [32]), (4, 3, [-1, 2])):
        table, dy = normal(v, d), normal(len(tokens), d)
        ids = torch.tensor(tokens)
        y = F.embedding(ids.clamp(min=0), table) * (ids >= 0)[:, None]
        (dTable,) = gradients(y, dy, table)
        cases.append(dict(tokens=tokens, table=tensor(table), y=tensor(y), dy=tensor(dy), dTable=dTable))
    return cases


def elementwise():
    a, b, factor = normal(3, 11), normal(3, 11), -1.625
    # Exponents from below the smallest subnormal of either type to beyond the largest finite value of both.
    exponents = torch.cat((torch.linspace(-30, 18, 97), torch.linspace(-140, 127.9, 97)))
    x = torch.ldexp(torch.randn(194).sign() * (1 + torch.rand(194)), exponents.int()).float()
    casts = dict(x=tensor(x), half=tensor(x.half().double()), bfloat16=tensor(x.bfloat16().double()))
    return [
        dict(
            a=tensor(a),
            b=tensor(b),
            factor=factor,
            sum=tensor(a + b),
            product=tensor(a * factor),
            casts=casts,
        )
    ]


def cross_entropy():
    cases = []
    for t, d, v, targets, scale in (
        (1, 3, 5, [4], 1.0),
        (7, 9, 33, [0, -1, 32, 5, -1, 5, 17], 1 / 5),
        (3, 4, 7, [-1, -1, -1], 1.0),
        (4, 5, 257, [256, 0, 100, 3], 1024 / 4),
    ):
        h, weight, targets_ = normal(t, d, scale=3.0), normal(v, d), torch.tensor(targets)
        logits = F.linear(h, weight)
        nll = F.cross_entropy(logits, targets_.masked_fill(targets_ < 0, -100), reduction="none")
        dh, dw = gradients(nll.sum(), torch.tensor(scale, dtype=torch.float64), h, weight)
        cases.append(
            dict(
                targets=targets,
                loss_scale=scale,
                h=tensor(h),
                weight=tensor(weight),
                loss_sum=number(nll.sum()),
            )
            | dict(nll=tensor(nll), lse=tensor(torch.logsumexp(logits, -1)), dh=dh, dw=dw)
        )
    return cases


def gradient_norm():
    cases = []
    for sizes, spread, max_norm in (
        ([5], 1.0, 1.0),
        ([33, 31, 1], 3.0, 1.0),
        ([7, 9], 0.01, 1.0),
        ([4, 3], math.inf, 2.0),
    ):
        slabs = [normal(n).detach() for n in sizes]
        if math.isinf(spread):
            slabs[-1][1] = math.inf
        else:
            slabs = [slab * spread for slab in slabs]
        parameters = [torch.zeros_like(slab) for slab in slabs]
        for parameter, slab in zip(parameters, slabs):
            parameter.grad = slab.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
        cases.append(
            dict(max_norm=max_norm, slabs=[tensor(slab) for slab in slabs], norm=number(norm))
            | dict(is_finite=bool(torch.isfinite(norm)), clipped=[tensor(p.grad) for p in parameters])
        )
    return cases


def adamw():
    cases = []
    for options in (
        dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0),
        dict(lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
    ):
        weight = normal(11)
        optimizer = torch.optim.AdamW([weight], **options)
        case = dict(
            learning_rate=options["lr"],
            beta1=options["betas"][0],
            beta2=options["betas"][1],
            epsilon=options["eps"],
        ) | dict(weight_decay=options["weight_decay"], weight=tensor(weight), steps=[])
        for _ in range(5):
            weight.grad = normal(11).detach()
            optimizer.step()
            state = optimizer.state[weight]
            case["steps"].append(
                dict(gradient=tensor(weight.grad), weight=tensor(weight))
                | dict(first_moment=tensor(state["exp_avg"]), second_moment=tensor(state["exp_avg_sq"]))
            )
        cases.append(case)
    return cases


def loss_scale():
    """Which steps torch.amp.GradScaler skips, and the scale after each; stored in adamw.json."""
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=3)
    weight = normal(3).float().detach().requires_grad_()
    optimizer = torch.optim.AdamW([weight], lr=0.01, weight_decay=0.0)
    case = dict(initial=1024.0, growth_interval=3, non_finite=[], scales=[], steps_taken=[])
    for bad in (0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0):
        scaler.scale((weight * 0.5).sum()).backward()
        if bad:
            weight.grad[1] = math.nan
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
        case["non_finite"].append(bool(bad))
        case["scales"].append(scaler.get_scale())
        case["steps_taken"].append(int(optimizer.state[weight]["step"]) if optimizer.state[weight] else 0)
    return case


def dropout():
    cases = []
    for rows, columns, p, seed, node, step, micro_step in (
        (3, 5, 0.25, 0x0123456789ABCDEF, 17, 3, 1),
        (2, 33, 0.5, 2**64 - 1, 0, 2**32 - 1, 0),
        (1, 31, 0.1, 1, 2**31, 100000, 7),
        (2, 8, 0.0, 5, 1, 1, 1),
    ):
        pitch = (columns + 7) // 8 * 8
        # The generator increments its 128-bit counter before each block of four words.
        counter = ((micro_step << 96 | step << 64 | node << 32) - 1) % 2**128
        words = Philox(key=seed, counter=counter, number=4, width=32).random_raw(rows * pitch)
        keep = torch.tensor(words.astype(np.int64) >= math.floor(p * 2**32)).reshape(rows, pitch)[:, :columns]
        x, dy = normal(rows, columns), normal(rows, columns)
        y = x * keep / (1 - p)
        (dx,) = gradients(y, dy, x)
        key = dict(probability=p, seed=f"{seed:016x}", node=node, step=step, micro_step=micro_step)
        cases.append(
            key | dict(words=[int(w) for w in words], x=tensor(x), y=tensor(y), dy=tensor(dy), dx=dx)
        )
    return cases


def quantize():
    """Blocks as hexadecimal bytes: quantised ones for Q8_0 and Q4_0, random valid ones for the K formats."""
    generator = np.random.default_rng(SEED)
    cases = []
    for kind in (gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0):
        x = generator.standard_normal(7 * 32).astype(np.float32)
        x[32:64] = 0
        x[64:96] *= 1e-6
        x[96:128] *= 300
        x[128:160] = np.round(x[128:160] * 4) / 4  # many equal magnitudes of either sign, and halves
        blocks = gguf.quants.quantize(x, kind)
        values = gguf.quants.dequantize(blocks, kind)
        cases.append(dict(format=kind.name, x=tensor(x), bytes=blocks.tobytes().hex(), values=tensor(values)))
    for kind, size, halves in (
        (gguf.GGMLQuantizationType.Q4_K, 144, (0, 2)),
        (gguf.GGMLQuantizationType.Q6_K, 210, (208,)),
    ):
        blocks = generator.integers(0, 256, (3, size), dtype=np.uint8)
        for at in halves:
            blocks[:, at : at + 2] = generator.standard_normal((3, 1)).astype(np.float16).view(np.uint8)
        values = gguf.quants.dequantize(blocks, kind)
        cases.append(dict(format=kind.name, bytes=blocks.tobytes().hex(), values=tensor(values)))
    return cases


def argmax():
    cases = []
    for t, v in ((1, 1), (5, 33), (4, 257)):
        x = np.random.default_rng(SEED + v).integers(-9, 10, (t, v)).astype(np.float64)
        x[t // 2, v // 3] = -np.inf
        if t > 3:
            x[3, 7] = np.nan
            x[2] = -np.inf
        best = np.where(np.isnan(x).any(axis=1), -1, np.argmax(x, axis=1))
        cases.append(dict(x=tensor(x), indices=best.tolist()))
    return cases


FAMILIES = [
    matmul,
    matvec,
    rms_norm,
    rope,
    attention,
    paged_attention,
    silu_gate,
    embedding,
    elementwise,
    cross_entropy,
    gradient_norm,
    adamw,
    dropout,
    quantize,
    argmax,
]


def main():
    names = [family.__name__ for family in FAMILIES] + ["llama_block"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--output", type=pathlib.Path, default=ROOT / "Tests", help="the folder that holds the test targets"
    )
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="some of the files")
    arguments = parser.parse_args()
    for family in FAMILIES:
        if family.__name__ in arguments.only:
            torch.manual_seed(SEED)
            content = dict(cases=family())
            if family is adamw:
                content["loss_scale"] = loss_scale()
            write(arguments.output / "ReferenceTests" / "Fixtures" / f"{family.__name__}.json", content)
    if "llama_block" in arguments.only:
        torch.manual_seed(SEED)
        write(arguments.output / "TensorGraphTests" / "Fixtures" / "llama_block.json", llama_block())


if __name__ == "__main__":
    main()
