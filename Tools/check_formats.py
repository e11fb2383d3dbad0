#!/usr/bin/env python3
"""Has the tests write safetensors and GGUF files, and reads them with the packages that others read them with.

Needs numpy, ml_dtypes (for bf16), gguf and safetensors:
    python3 Tools/check_formats.py
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import ml_dtypes
import numpy
from safetensors import safe_open

ROOT = pathlib.Path(__file__).parent.parent
SHAPES = {"half": (3,), "single": (2, 3), "brain": (5, 1)}


def expected(name):
    """Element i of tensor t is i - 2 t."""
    place = list(SHAPES).index(name)
    return numpy.arange(numpy.prod(SHAPES[name])).reshape(SHAPES[name]) - 2 * place


def check(condition, what):
    if not condition:
        sys.exit(f"check_formats.py: {what}")
    print(f"ok  {what}")


def check_safetensors(path, names, metadata):
    with safe_open(path, framework="numpy") as file:
        check(set(file.keys()) == set(names), f"{path.name} has the tensors {names}")
        for key, text in metadata.items():
            check(file.metadata()[key] == text, f"{path.name} says {key}")
        for name in names:
            tensor = file.get_tensor(name).astype(numpy.float32)
            check(numpy.array_equal(tensor, expected(name)), f"{path.name}: {name} has its values")


def check_gguf(path):
    reader = gguf.GGUFReader(path)
    values = {key: field.contents() for key, field in reader.fields.items()}
    for key, value in {
        "GGUF.version": 3,
        "general.architecture": "llama",
        "llama.block_count": 5,
        "llama.rope.freq_base": 10000.0,
        "test.i64": -(2**63),
        "test.u64": 2**64 - 1,
        "test.f64": 0.1,
        "test.yes": True,
        "tokenizer.ggml.tokens": ["<s>", "\u2581a", ""],
        "tokenizer.ggml.scores": [0.0, -1.5, 2.0],
        "tokenizer.ggml.token_type": [3, 1, 1],
        "test.flags": [True, False],
    }.items():
        check(values[key] == value, f"{path.name}: {key} = {values[key]}")
    check(reader.alignment == 64, f"{path.name} is aligned to 64")
    for tensor in reader.tensors:
        check(tensor.data_offset % 64 == 0, f"{path.name}: {tensor.name} is aligned")
        if tensor.name == "quantized":
            data, want = gguf.dequantize(tensor.data, tensor.tensor_type), numpy.tile(numpy.arange(32), (2, 1))
        else:
            data, want = tensor.data, expected(tensor.name)
            if tensor.tensor_type == gguf.GGMLQuantizationType.BF16:
                data = data.view(ml_dtypes.bfloat16)
            check(data.shape == want.shape, f"{path.name}: {tensor.name} has the shape {want.shape}")
        check(numpy.array_equal(data.astype(numpy.float32), want), f"{path.name}: {tensor.name} has its values")
    check(len(reader.tensors) == 4, f"{path.name} has 4 tensors")


def main():
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, EVOLCANO_FORMATS_OUTPUT=folder)
        subprocess.run(["swift", "test", "--filter", "InteroperationTests"], cwd=ROOT, env=environment, check=True)
        folder = pathlib.Path(folder)
        check_safetensors(
            folder / "plain.safetensors", list(SHAPES), {"format": "pt", "note": '\u2581 "quoted"\n'}
        )
        check_safetensors(folder / "shards/model-00001-of-00002.safetensors", ["half", "single"], {"format": "pt"})
        check_safetensors(folder / "shards/model-00002-of-00002.safetensors", ["brain"], {"format": "pt"})
        check_gguf(folder / "model.gguf")


if __name__ == "__main__":
    main()
