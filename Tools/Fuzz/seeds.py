#!/usr/bin/env python3
"""Writes the seeds of the fuzzers into Tools/Fuzz/Seeds: small files as other programs write them.

Made with numpy 2.4.6, gguf 0.19.0, safetensors 0.8.0, generator seed 1. Needs those packages:
    python3 Tools/Fuzz/seeds.py
"""

import json
import pathlib

import gguf
import numpy
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent / "Seeds"
RANDOM = numpy.random.default_rng(1)


def normal(*shape):
    return RANDOM.standard_normal(shape).astype(numpy.float32)


def write_gguf(name, alignment=None, types=()):
    writer = gguf.GGUFWriter(FOLDER / name, "llama")
    if alignment:
        writer.add_custom_alignment(alignment)
    writer.add_block_count(1)
    writer.add_rope_freq_base(10000.0)
    writer.add_bool("tokenizer.ggml.add_bos_token", True)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", "</s>", "<0x0A>", "\u2581a", "b"])
    writer.add_token_scores([0.0, 0.0, 0.0, 0.0, -1.0, -2.5])
    writer.add_token_types([2, 3, 3, 6, 1, 1])
    writer.add_uint8("test.u8", 1)
    writer.add_int64("test.i64", -1)
    writer.add_float64("test.f64", 0.1)
    writer.add_array("test.nested", [[1, 2], [3]])
    for index, kind in enumerate(types):
        data = normal(2, 256)
        quantized = kind not in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16)
        if quantized:
            try:
                data = gguf.quantize(data, kind)
            except NotImplementedError:
                block, size = gguf.GGML_QUANT_SIZES[kind]
                data = RANDOM.integers(0, 256, (2, 256 // block * size), dtype=numpy.uint8)
        elif kind == gguf.GGMLQuantizationType.F16:
            data = data.astype(numpy.float16)
        writer.add_tensor(f"blk.{index}.weight", data, raw_dtype=kind if quantized else None)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_json(name, value, **options):
    (FOLDER / name).write_text(json.dumps(value, **options), encoding="utf-8")


def main():
    FOLDER.mkdir(exist_ok=True)
    kinds = gguf.GGMLQuantizationType
    write_gguf("metadata.gguf")
    write_gguf("plain.gguf", types=[kinds.F32, kinds.F16])
    write_gguf("aligned.gguf", alignment=64, types=[kinds.BF16])
    write_gguf("quantized.gguf", types=[kinds.Q8_0, kinds.Q4_0, kinds.Q4_K, kinds.Q6_K])
    save_file({"a": normal(3, 2), "b.weight": normal(5).astype(numpy.float16)}, FOLDER / "plain.safetensors")
    save_file(
        {"scalar": numpy.array(1, numpy.float32), "bytes": numpy.arange(7, dtype=numpy.uint8)},
        FOLDER / "metadata.safetensors",
        metadata={"format": "pt", "note": 'quoted "text"'},
    )
    write_json(
        "config.json",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "hidden_size": 64,
            "rms_norm_eps": 1e-05,
            "rope_scaling": {"factor": 8.0, "rope_type": "llama3", "original_max_position_embeddings": 8192},
            "tie_word_embeddings": True,
            "head_dim": None,
            "model_max_length": 1000000000000000019884624838656,
        },
        indent=2,
    )
    write_json(
        "escapes.json",
        ["\u2581\u4e16\u754c", "\U0001f600", 'a"b\\c\n', -0.0, -1, 2**63 - 1, -(2**63), [[[]]], {}],
    )
    write_json("raw.json", {"text": "\u2581\u4e16\u754c \U0001f600", "": [True, False, None]}, ensure_ascii=False)


if __name__ == "__main__":
    main()
