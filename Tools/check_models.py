#!/usr/bin/env python3
"""Holds models that Evolcano exported to the programs that others read them with. Run by hand.

Set up as for Tools/model_fixtures.py (torch, transformers, peft, gguf, safetensors); `llama` needs llama-cpp-python or
cyllama besides. Then, with what `evolcano export` wrote:

    check_models.py folder FOLDER --reference Tests/LanguageModelTests/Fixtures/llama2    # logits in transformers
    check_models.py folder FOLDER --adapter DIR --reference FIXTURE                       # and with peft
    check_models.py gguf FILE --folder FOLDER       # metadata and dequantised tensors against a folder's
    check_models.py quant FILE FOLDER               # Q8_0 and Q4_0 bytes against the gguf package's own
    check_models.py llama FILE --prompt TEXT        # greedy text from llama.cpp

Exits 0 where everything agrees, 1 where something does not, 2 where the arguments are wrong.
"""

import argparse
import base64
import collections
import json
import math
import pathlib
import sys

import gguf
import numpy as np
import peft
import torch
import transformers
from safetensors.torch import load_file

from model_fixtures import load, their_logits
from model_gguf import (
    ROPE_DIVISORS,
    dequantized,
    metadata,
    permuted,
    rotated_heads,
    stored_divisors,
    tensor_names,
    unpermuted,
)

Kind = gguf.GGMLQuantizationType
LOGITS_TOLERANCE = 1e-5
# How far a tensor may lie from the folder's, by norm: half a step of the type for normal weights, and room to spare.
TYPE_TOLERANCE = {
    Kind.F32: 0.0,
    Kind.F16: 1e-3,
    Kind.BF16: 5e-3,
    Kind.Q8_0: 1e-2,
    Kind.Q6_K: 3e-2,
    Kind.Q4_K: 0.12,
    Kind.Q4_0: 0.15,
}


class Checks:
    """Prints what fails, and counts it."""

    def __init__(self):
        self.failures = 0

    def expect(self, condition, what):
        if not condition:
            self.failures += 1
            print(f"WRONG  {what}")

    def finish(self, what):
        if self.failures:
            print(f"{what}: {self.failures} wrong")
        else:
            print(f"{what}: agrees")
        return 1 if self.failures else 0


def expected_logits(path):
    """Tokens and logits of a fixture: its folder or its JSON file."""
    content = json.loads((path / "expected.json" if path.is_dir() else path).read_text())
    values = np.frombuffer(base64.b64decode(content["logits_f32"]), dtype="<f4")
    return content["tokens"], torch.tensor(values.reshape(content["rows"], content["columns"])).double()


def folder_weights(folder):
    """A folder's tensors as float32, by name."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        sys.exit(f"check_models.py: {folder} has no *.safetensors")
    return {name: tensor.float().numpy() for file in files for name, tensor in load_file(file).items()}


def folder_tensor(weights, name):
    """A tied model's output matrix is its embedding, and a GGUF file may have it by itself."""
    if name == "lm_head.weight" and name not in weights:
        name = "model.embed_tokens.weight"
    return weights.get(name)


def difference_of(got, want):
    """The relative difference by norm; infinite where something is no number."""
    if torch.equal(got, want):
        return 0.0
    difference = float((got - want).norm() / want.norm())
    return math.inf if math.isnan(difference) else difference


def check_folder(arguments):
    tokens, want = expected_logits(arguments.reference)
    model = load(arguments.folder)
    if arguments.adapter:
        model = peft.PeftModel.from_pretrained(model, arguments.adapter).double().eval()
    got = their_logits(model, tokens)
    if got.shape != want.shape:
        print(f"WRONG  logits are {tuple(got.shape)}, expected {tuple(want.shape)}")
        return 1
    difference = difference_of(got, want)
    agrees = difference <= LOGITS_TOLERANCE
    print(f"{'agrees' if agrees else 'WRONG'}: logits differ by {difference:.2e} (at most {LOGITS_TOLERANCE:.0e})")
    return 0 if agrees else 1


def check_metadata(checks, reader, config):
    values = {key: field.contents() for key, field in reader.fields.items()}
    for key, want in metadata(config).items():
        # What is absent has a default that llama.cpp computes from the rest.
        optional = key.endswith(("key_length", "value_length", "vocab_size", "rope.dimension_count"))
        if key in values or not optional:
            checks.expect(values.get(key) == want, f"{key} is {values.get(key)}, expected {want}")
    tokens = values.get("tokenizer.ggml.tokens")
    checks.expect(tokens, "tokenizer.ggml.tokens is absent or empty")
    if tokens:
        checks.expect(len(tokens) == config.vocab_size, f"{len(tokens)} tokens, expected {config.vocab_size}")


def check_tensor(checks, tensor, want, heads):
    """Prints how far a tensor lies from the folder's, and fails beyond what its type allows."""
    if tensor.tensor_type not in TYPE_TOLERANCE:
        checks.expect(False, f"{tensor.name} has the type {tensor.tensor_type.name}, which is not expected here")
        return
    values = dequantized(tensor)
    if values.shape != want.shape:
        checks.expect(False, f"{tensor.name} is {values.shape}, expected {want.shape}")
        return
    got, want = (torch.tensor(each).double() for each in (unpermuted(values, heads), want))
    difference, limit = difference_of(got, want), TYPE_TOLERANCE[tensor.tensor_type]
    print(f"  {tensor.name:28} {tensor.tensor_type.name:5} {str(tuple(got.shape)):14} {difference:.1e}")
    checks.expect(difference <= limit, f"{tensor.name} differs by {difference:.1e}, at most {limit} expected")


def check_gguf(arguments):
    reader = gguf.GGUFReader(arguments.file)
    kinds = collections.Counter(tensor.tensor_type.name for tensor in reader.tensors)
    architecture = reader.fields["general.architecture"].contents()
    print(f"{arguments.file}: {architecture}, {len(reader.tensors)} tensors, {dict(kinds)}")
    if arguments.folder is None:
        return 0
    config = transformers.AutoConfig.from_pretrained(arguments.folder)
    weights = folder_weights(arguments.folder)
    checks = Checks()
    check_metadata(checks, reader, config)

    tensors = {tensor.name: tensor for tensor in reader.tensors}
    names = tensor_names(config)
    if names["lm_head.weight"] in tensors:
        weights["lm_head.weight"] = folder_tensor(weights, "lm_head.weight")
    for name, want in weights.items():
        tensor = tensors.pop(names.get(name), None)
        if tensor is None:
            checks.expect(False, f"{names.get(name)} is absent, which is {name} in the folder")
        else:
            check_tensor(checks, tensor, want, rotated_heads(config, name))
    divisors, stored = stored_divisors(config), tensors.pop(ROPE_DIVISORS, None)
    checks.expect((divisors is None) == (stored is None), f"{ROPE_DIVISORS} must be there for llama3's rule alone")
    if divisors is not None and stored is not None:
        close = np.allclose(dequantized(stored), divisors.numpy(), rtol=1e-6, atol=0)
        checks.expect(close, f"{ROPE_DIVISORS} is {dequantized(stored)}, expected {divisors.numpy()}")
    checks.expect(not tensors, f"tensors that the folder lacks: {sorted(tensors)}")
    return checks.finish(arguments.file)


def check_quantization(arguments):
    config = transformers.AutoConfig.from_pretrained(arguments.folder)
    weights = folder_weights(arguments.folder)
    names = {stored: name for name, stored in tensor_names(config).items()}
    checks, count = Checks(), 0
    for tensor in gguf.GGUFReader(arguments.file).tensors:
        if tensor.tensor_type not in (Kind.Q8_0, Kind.Q4_0):
            continue
        count += 1
        name = names.get(tensor.name)
        weight = folder_tensor(weights, name)
        shape = tuple(int(size) for size in reversed(tensor.shape))
        if weight is None or weight.shape != shape:
            found = "absent" if weight is None else weight.shape
            checks.expect(False, f"{tensor.name} is {shape}, in the folder {found}")
            continue
        want = gguf.quantize(permuted(weight, rotated_heads(config, name)), tensor.tensor_type)
        wrong = int(np.count_nonzero(tensor.data != want))
        checks.expect(wrong == 0, f"{tensor.name}: {wrong} of {want.size} bytes of {tensor.tensor_type.name} differ")
    checks.expect(count > 0, "no tensor is Q8_0 or Q4_0")
    return checks.finish(f"{arguments.file}: {count} quantised tensors")


def greedy_text(path, prompt, count):
    """The greedy continuation from whichever binding of llama.cpp is installed."""
    try:
        import llama_cpp
    except ImportError:
        llama_cpp = None
    if llama_cpp is not None:
        model = llama_cpp.Llama(model_path=str(path), n_gpu_layers=0, n_ctx=0, verbose=False)
        return model.create_completion(prompt, max_tokens=count, temperature=0.0)["choices"][0]["text"]
    try:
        from cyllama.api import LLM
    except ImportError:
        sys.exit("check_models.py: pip install llama-cpp-python (builds llama.cpp) or cyllama (has it built)")
    return str(LLM(str(path), temperature=0.0, max_tokens=count, n_gpu_layers=0)(prompt))


def check_llama(arguments):
    text = greedy_text(arguments.file, arguments.prompt, arguments.tokens)
    print(text)
    return 0 if text else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)

    folder = commands.add_parser("folder", help="logits in transformers against a fixture's")
    folder.add_argument("folder", type=pathlib.Path)
    folder.add_argument("--reference", type=pathlib.Path, required=True, help="a fixture's folder or JSON file")
    folder.add_argument("--adapter", type=pathlib.Path, help="a PEFT adapter to put over the folder")
    folder.set_defaults(check=check_folder)

    file = commands.add_parser("gguf", help="what a GGUF file holds, and whether it is a folder's")
    file.add_argument("file", type=pathlib.Path)
    file.add_argument("--folder", type=pathlib.Path, help="a Hugging Face folder with the same weights")
    file.set_defaults(check=check_gguf)

    quantized = commands.add_parser("quant", help="the bytes of Q8_0 and Q4_0 tensors")
    quantized.add_argument("file", type=pathlib.Path)
    quantized.add_argument("folder", type=pathlib.Path)
    quantized.set_defaults(check=check_quantization)

    llama = commands.add_parser("llama", help="greedy text from llama.cpp")
    llama.add_argument("file", type=pathlib.Path)
    llama.add_argument("--prompt", required=True)
    llama.add_argument("--tokens", type=int, default=32, help="at most this many")
    llama.set_defaults(check=check_llama)

    arguments = parser.parse_args()
    sys.exit(arguments.check(arguments))


if __name__ == "__main__":
    main()
