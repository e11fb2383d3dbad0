#!/usr/bin/env python3
"""Writes the blocks that host quantisation is held to: Tests/FormatsTests/Fixtures/blocks.json.

Bytes and floats come from the gguf package, none from this project. Run from the root of the repository:

    pip install gguf numpy
    python3 Tools/block_fixtures.py

All values are little-endian bytes in base64: `floats` (f32) with the blocks that `quantize` makes of them, and blocks
with the floats that `dequantize` makes of those.
"""

import base64
import importlib.metadata
import json
import pathlib

import numpy
from gguf import GGMLQuantizationType, quants

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "Tests/FormatsTests/Fixtures/blocks.json"
SEED = 42
BLOCK_BYTES = {"Q8_0": 34, "Q4_0": 18, "Q4_K": 144, "Q6_K": 210}


def text(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


def blocks_of_32(random):
    """Rows of 32: weights as models have them, and every case in which rounding or sign could go another way."""
    rows = [random.normal(0, 0.02, 32) for _ in range(24)]
    # From below the smallest half to beyond the largest, with subnormal floats at one end.
    rows += [random.normal(0, 1, 32) * 10.0**power for power in range(-44, 8)]
    rows += [random.standard_cauchy(32) for _ in range(8)]
    # Quotients that lie halfway between two integers, of either sign: the scale is a power of two.
    rows += [numpy.concatenate([[127], (numpy.arange(31) - 15) + 0.5]) * 2.0**power for power in (-20, -3, 0, 5)]
    rows += [numpy.concatenate([[-8], (numpy.arange(31) - 15) * 0.5 + 0.25]) * 2.0**power for power in (-20, -3, 0)]
    rows += [numpy.concatenate([[8], (numpy.arange(31) - 15) * 0.5 + 0.5]) * 2.0**power for power in (-9, 0)]
    # Halves between which a scale is halfway, so that it is rounded to even.
    rows += [numpy.full(32, 127 * (1 + odd * 2.0**-11)) for odd in (1, 3, 5)]
    rows += [numpy.full(32, -8 * (1 + odd * 2.0**-11)) for odd in (1, 3, 5)]
    # The largest magnitude with either sign, and twice: the first counts.
    for first, second in ((3, 20), (20, 3), (0, 31), (31, 0), (15, 16)):
        row = random.uniform(-1, 1, 32)
        row[first], row[second] = 2.5, -2.5
        rows.append(row)
    rows += [numpy.zeros(32), numpy.full(32, 1e-45), numpy.full(32, -1e-40), numpy.eye(32)[7] * 3e-39]
    rows += [numpy.eye(32)[31] * -1.0, numpy.full(32, 60000.0), numpy.full(32, -3e38), numpy.full(32, 0.1)]
    zeros = random.normal(0, 1, 32)
    zeros[::3], zeros[1::3] = 0.0, -0.0
    return numpy.array(rows + [zeros]).astype(numpy.float32)


def random_blocks(random, name, count):
    """Blocks of random bits, with finite scales of every size."""
    blocks = random.integers(0, 256, (count, BLOCK_BYTES[name]), dtype=numpy.uint8)
    scales = {"Q8_0": [0], "Q4_0": [0], "Q4_K": [0, 2], "Q6_K": [208]}[name]
    for place in scales:
        halves = (random.normal(0, 1, count) * 10.0 ** random.integers(-7, 4, count)).astype(numpy.float16)
        blocks[:, place : place + 2] = halves.view(numpy.uint8).reshape(count, 2)
    return blocks


def main():
    random = numpy.random.default_rng(SEED)
    with numpy.errstate(over="ignore", invalid="ignore"):
        floats = blocks_of_32(random)
        quantized = {
            name: text(quants.quantize(floats, GGMLQuantizationType[name])) for name in ("Q8_0", "Q4_0")
        }
    dequantized = {}
    for name, count in (("Q8_0", 12), ("Q4_0", 12), ("Q4_K", 4), ("Q6_K", 4)):
        blocks = random_blocks(random, name, count)
        values = quants.dequantize(blocks, GGMLQuantizationType[name])
        dequantized[name] = {"blocks": text(blocks), "floats": text(values.astype(numpy.float32))}
    versions = {"seed": SEED, "gguf": importlib.metadata.version("gguf"), "numpy": numpy.__version__}
    value = {"versions": versions, "floats": text(floats), "quantized": quantized, "dequantized": dequantized}
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    main()
