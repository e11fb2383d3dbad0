#!/usr/bin/env python3
"""Writes GGUF files with the gguf package as llama.cpp's converter would, with the logits that they must give.

Set up as for Tools/model_fixtures.py, whose models must be there; then from the root of the repository:

    /tmp/fixtures/bin/python Tools/gguf_fixtures.py           # writes Tests/LanguageModelTests/Fixtures/gguf

`NAME.json` names the folder that has the same weights (none for the one of random K blocks), and holds the logits of
the weights as NAME.gguf stores them.
"""

import argparse
import json
import pathlib
import string

import gguf
import numpy as np
import torch
import transformers

from fixture_values import SEED, relative
from model_families import llama, sizes
from model_fixtures import FIXTURES, TOKENS, check_agreement, load, their_logits, weights_of, write_expected
from model_gguf import (
    ROPE_DIVISORS,
    architecture,
    dequantized,
    metadata,
    permuted,
    read_model,
    rotated_heads,
    stored_divisors,
    tensor_names,
)
from model_reference import model_logits

Kind = gguf.GGMLQuantizationType
# The folder, and the type of every matrix but the output's, which llama.cpp keeps wider in the smaller types.
FILES = {
    "llama2-f32": ("llama2", Kind.F32, Kind.F32, gguf.LlamaFileType.ALL_F32),
    "llama31-f32": ("llama3.1", Kind.F32, Kind.F32, gguf.LlamaFileType.ALL_F32),
    "qwen2-f32": ("qwen2", Kind.F32, Kind.F32, gguf.LlamaFileType.ALL_F32),
    "qwen3-f32": ("qwen3", Kind.F32, Kind.F32, gguf.LlamaFileType.ALL_F32),
    "llama2-q8_0": ("llama2-wide", Kind.Q8_0, Kind.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "llama2-q4_0": ("llama2-wide", Kind.Q4_0, Kind.Q8_0, gguf.LlamaFileType.MOSTLY_Q4_0),
}
K_FILE = "llama256-q4_k"


def add_metadata(writer, config, file_type):
    for key, value in metadata(config).items():
        if key == "general.architecture":
            continue  # the writer has it
        if isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        else:
            writer.add_uint32(key, value)
    writer.add_name("fixture")
    writer.add_file_type(file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def add_vocabulary(writer, config):
    """A SentencePiece vocabulary of single characters, alone and after a space."""
    characters = string.ascii_lowercase + ".,'!?-"
    pieces = ["\u2581", *characters, *("\u2581" + one for one in characters), *string.digits]
    pieces = ["<unk>", "<s>", "</s>", *pieces][: config.vocab_size]
    assert len(pieces) == config.vocab_size, "the vocabulary needs more pieces"
    normal = [gguf.TokenType.NORMAL] * (len(pieces) - 3)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_scores([0.0] * 3 + [-float(place) for place in range(len(pieces) - 3)])
    writer.add_token_types([gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL, *normal])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)


def write_gguf(path, config, tensors, file_type):
    """`tensors`: transformers' name, values or blocks in llama.cpp's order, type."""
    writer = gguf.GGUFWriter(path, architecture(config))
    add_metadata(writer, config, file_type)
    add_vocabulary(writer, config)
    if (divisors := stored_divisors(config)) is not None:
        writer.add_tensor(ROPE_DIVISORS, divisors.numpy())
    names = tensor_names(config)
    for name, data, kind in tensors:
        writer.add_tensor(names[name], np.ascontiguousarray(data), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def check_file(path, config, tokens, folder):
    """Reads the file back; what it gives goes beside it."""
    reader = gguf.GGUFReader(path)
    weights, divisors = read_model(reader, config)
    logits = model_logits(config, weights, tokens, divisors=divisors)
    config._attn_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config).double().eval()
    model.load_state_dict(weights, strict=not config.tie_word_embeddings)
    agreement = check_agreement(logits, their_logits(model, tokens), path.name)
    beside = path.with_suffix(".json")
    write_expected(
        beside, "gguf_fixtures.py", ["torch", "transformers", "gguf"], tokens, logits, agreement, folder=folder
    )
    kinds = ", ".join(sorted({tensor.tensor_type.name for tensor in reader.tensors}))
    count = path.stat().st_size + beside.stat().st_size
    print(f"{path.name:18} {count:8} bytes   transformers differs by {agreement:.1e}   {kinds}")
    return logits


def write_converted(output, name):
    folder, matrices, head, file_type = FILES[name]
    model = load(output / folder)
    tokens = json.loads((output / folder / "expected.json").read_text())["tokens"]
    tensors = []
    for key, weight in weights_of(model).items():
        kind = Kind.F32 if weight.ndim == 1 else head if key == "lm_head.weight" else matrices
        values = permuted(weight.float().numpy(), rotated_heads(model.config, key))
        tensors.append((key, gguf.quantize(values, kind), kind))
    path = output / "gguf" / f"{name}.gguf"
    write_gguf(path, model.config, tensors, file_type)
    logits = check_file(path, model.config, tokens, folder)
    if matrices == Kind.F32:
        # Only the divisors of the rotary frequencies are rounded.
        assert relative(logits, model_logits(model.config, weights_of(model), tokens)) <= 1e-7, name


def scaled_halves(count, scale, generator):
    """Scales as float16 in bytes (count, 2), within a tenth of `scale`, and the values."""
    halves = (scale * generator.uniform(0.9, 1.1, (count, 1))).astype(np.float16)
    return halves.view(np.uint8), halves.astype(np.float64)


def random_q4_k(rows, columns, generator):
    """Blocks of Q4_K: d, dmin, eight 6-bit scales and minima in 12 bytes, 128 bytes of nibbles.

    A weight is d s q - dmin m, with q from 0 to 15; with m about s and dmin = 7.5 d its mean is about 0. Source of the
    layout: ggml, ggml-common.h, block_q4_K.
    """
    count = rows * columns // 256
    scales = generator.integers(24, 57, (count, 8))
    minima = np.clip(scales + generator.integers(-6, 7, (count, 8)), 0, 63)
    # A nibble's deviation is 4.6, the mean scale 40.
    d, size = scaled_halves(count, columns**-0.5 / (4.6 * 40), generator)
    dmin = (7.5 * size).astype(np.float16).view(np.uint8)
    packed = np.concatenate(
        [
            scales[:, :4] | (scales[:, 4:] >> 4 << 6),
            minima[:, :4] | (minima[:, 4:] >> 4 << 6),
            (scales[:, 4:] & 15) | ((minima[:, 4:] & 15) << 4),
        ],
        axis=1,
    ).astype(np.uint8)
    assert all(
        np.array_equal(got, want) for got, want in zip(gguf.quants.Q4_K.get_scale_min(packed), (scales, minima))
    )
    nibbles = generator.integers(0, 256, (count, 128), dtype=np.uint8)
    return np.concatenate([d, dmin, packed, nibbles], axis=1).reshape(rows, -1)


def random_q6_k(rows, columns, generator):
    """Blocks of Q6_K: 128 bytes of low nibbles, 64 of high bit pairs, sixteen 8-bit scales, d.

    A weight is d s (q - 32), with q from 0 to 63. Source of the layout: ggml, ggml-common.h, block_q6_K.
    """
    count = rows * columns // 256
    bits = generator.integers(0, 256, (count, 192), dtype=np.uint8)
    signs = generator.choice([-1, 1], (count, 16))
    scales = (generator.integers(12, 37, (count, 16)) * signs).astype(np.int8).view(np.uint8)
    # The deviation of q is 18.5, the mean scale 24.
    d, _ = scaled_halves(count, columns**-0.5 / (18.5 * 24), generator)
    return np.concatenate([bits, scales, d], axis=1).reshape(rows, -1)


def write_k_blocks(output):
    """One layer of random blocks: the gguf package reads K formats and does not make them.

    Which matrices are Q6_K follows llama.cpp's Q4_K_M: v, down and the output.
    """
    torch.manual_seed(SEED)
    generator = np.random.default_rng(SEED)
    config = llama(**sizes(hidden=256, ffn=256, layers=1, kv_heads=1, vocabulary=64))
    tensors = []
    for name, parameter in transformers.LlamaForCausalLM(config).named_parameters():
        if parameter.ndim == 1:
            values = (1 + 0.1 * generator.standard_normal(parameter.shape)).astype(np.float32)
            tensors.append((name, values, Kind.F32))
        elif any(part in name for part in ("v_proj", "down_proj", "lm_head")):
            tensors.append((name, random_q6_k(*parameter.shape, generator), Kind.Q6_K))
        else:
            tensors.append((name, random_q4_k(*parameter.shape, generator), Kind.Q4_K))
    path = output / "gguf" / f"{K_FILE}.gguf"
    write_gguf(path, config, tensors, gguf.LlamaFileType.MOSTLY_Q4_K_M)
    for tensor in gguf.GGUFReader(path).tensors:
        values = dequantized(tensor).astype(np.float64)
        assert np.isfinite(values).all() and (values.ndim == 1 or 0.04 < values.std() < 0.09), tensor.name
    tokens = torch.randint(0, config.vocab_size, (TOKENS,)).tolist()
    check_file(path, config, tokens, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=FIXTURES, help="the folder of the models' folders")
    arguments = parser.parse_args()
    (arguments.output / "gguf").mkdir(exist_ok=True)
    for name in FILES:
        write_converted(arguments.output, name)
    write_k_blocks(arguments.output)


if __name__ == "__main__":
    main()
