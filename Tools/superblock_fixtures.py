#!/usr/bin/env python3
"""Writes what the encoders of Q4_K and Q6_K are held to: Tests/FormatsTests/Fixtures/superblocks.json.

Blocks come from ggml's own `ggml_quantize_chunk`, none from this project. Run from the root of the repository:

    pip install llama-cpp-python numpy
    python3 Tools/superblock_fixtures.py [libggml-base.so, else the package's]

For each kind of weights: `floats`, little-endian halves in base64, and the blocks that ggml makes of them.
"""

import base64
import ctypes
import importlib.util
import json
import pathlib
import sys

import numpy

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "Tests/FormatsTests/Fixtures/superblocks.json"
SEED = 42
ROWS = 6
# `enum ggml_type`, and the bytes of a block.
TYPES = {"Q4_K": (12, 144), "Q6_K": (14, 210)}


def text(array):
    return base64.b64encode(numpy.ascontiguousarray(array).tobytes()).decode()


def kinds(random):
    """Weights as models have them, and distributions that lead the search for scales elsewhere."""
    shape = (ROWS, 256)
    yield "normal", random.normal(0, 0.02, (4 * ROWS, 256))
    yield "heavy tails", random.standard_cauchy(shape)
    yield "above zero", random.normal(3, 0.1, shape)
    yield "below zero", -numpy.abs(random.normal(0, 1, shape))
    yield "outliers", random.normal(0, 0.02, shape) * numpy.where(random.random(shape) < 0.01, 30, 1)
    yield "zeros between", random.normal(0, 0.02, shape) * (random.random(shape) < 0.5)
    sizes = 10.0 ** random.integers(-4, 3, (ROWS, 8, 1))
    yield "groups of all sizes", (random.normal(0, 1, (ROWS, 8, 32)) * sizes).reshape(shape)
    steps = random.integers(-7, 9, shape) * 2.0**-5
    steps[:, ::32] = -7 * 2.0**-5
    steps[:, 1::32] = 8 * 2.0**-5
    yield "sixteen steps", steps


def library():
    if len(sys.argv) > 1:
        return ctypes.CDLL(sys.argv[1])
    package = pathlib.Path(importlib.util.find_spec("llama_cpp").origin).parent
    return ctypes.CDLL(str(package / "lib/libggml-base.so"))


def main():
    ggml = library()
    ggml.ggml_version.restype = ctypes.c_char_p
    ggml.ggml_quantize_chunk.restype = ctypes.c_size_t
    pointer, number = ctypes.c_void_p, ctypes.c_int64
    ggml.ggml_quantize_chunk.argtypes = [ctypes.c_int, pointer, pointer, number, number, number, pointer]
    random = numpy.random.default_rng(SEED)
    result = {}
    for kind, values in kinds(random):
        halves = values.astype(numpy.float16)
        floats = numpy.ascontiguousarray(halves.astype(numpy.float32))
        result[kind] = {"floats": text(halves)}
        for name, (number_of_type, size) in TYPES.items():
            blocks = numpy.zeros(len(floats) * size, numpy.uint8)
            written = ggml.ggml_quantize_chunk(
                number_of_type, floats.ctypes.data, blocks.ctypes.data, 0, len(floats), 256, None
            )
            assert written == blocks.size
            result[kind][name] = text(blocks)
    versions = {"seed": SEED, "ggml": ggml.ggml_version().decode(), "numpy": numpy.__version__}
    OUTPUT.write_text(json.dumps({"versions": versions, "kinds": result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
