#!/usr/bin/env python3
"""Writes a tiny random model of every family, with the logits it must give.

A model lies there as transformers saves it; `config.v4.json` is the same config in transformers 4's words, and
`expected.json` the logits of every position, computed in float64 and held to transformers' own. Run from the root of
the repository:

    python3 -m venv /tmp/fixtures
    /tmp/fixtures/bin/pip install torch --index-url https://download.pytorch.org/whl/cpu
    /tmp/fixtures/bin/pip install numpy transformers safetensors gguf peft
    /tmp/fixtures/bin/python Tools/model_fixtures.py          # writes Tests/LanguageModelTests/Fixtures
    /tmp/fixtures/bin/python Tools/adapter_fixtures.py        # then the adapters over one of them
    /tmp/fixtures/bin/python Tools/gguf_fixtures.py           # and some of them as GGUF files
"""

import argparse
import base64
import copy
import importlib.metadata
import json
import pathlib

import numpy as np
import torch
import transformers

from fixture_values import SEED, relative
from model_families import FAMILIES, version4
from model_reference import model_logits

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "LanguageModelTests" / "Fixtures"
TOKENS = 45
# By norm. Transformers' float32 norms, softmax and rotary tables are the whole of the difference.
TOLERANCE = 2e-6


def random_weights(model):
    """Matrices N(0, 1 / columns), so that the logits are far from flat, norms near 1, biases N(0, 0.3²)."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape)
            if parameter.ndim == 2:
                parameter.copy_(noise * parameter.shape[1] ** -0.5)
            elif name.endswith("bias"):
                parameter.copy_(noise * 0.3)
            else:
                parameter.copy_(1 + noise * 0.1)


def weights_of(model):
    """By name, in float64; an output matrix that is the embedding's is not among them."""
    return {name: parameter.detach().double() for name, parameter in model.named_parameters()}


def load(folder, config=None):
    """The model in a folder, in float64 with eager attention."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        folder, config=config, dtype=torch.float32, attn_implementation="eager"
    )
    return model.double().eval()


def their_logits(model, tokens):
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0]


def packed_floats(values):
    """A matrix as JSON: base64 of its rows in little-endian float32."""
    array = np.asarray(values, dtype="<f4")
    return dict(rows=array.shape[0], columns=array.shape[1], logits_f32=base64.b64encode(array.tobytes()).decode())


def write_expected(path, maker, packages, tokens, logits, agreement, **more):
    """`agreement` is the norm of the difference from transformers' logits over their norm."""
    content = dict(
        made_by=f"Tools/{maker}",
        seed=SEED,
        versions={name: importlib.metadata.version(name) for name in packages},
        agreement=agreement,
        **more,
        tokens=tokens,
        **packed_floats(logits),
    )
    path.write_text(json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n")


def folder_bytes(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def report(folder, agreement):
    print(f"{folder.name:18} {folder_bytes(folder):8} bytes   transformers differs by {agreement:.1e}")


def check_agreement(got, want, what):
    difference = relative(got, want)
    assert difference <= TOLERANCE, f"{what}: transformers differs by {difference}"
    return difference


def write_model(folder, model, tokens, **options):
    """Saves the model, loads it again, and writes what its weights as saved must give."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, **options)
    saved = load(folder)
    logits = model_logits(saved.config, weights_of(saved), tokens)
    theirs = their_logits(saved, tokens)
    agreement = check_agreement(logits, theirs, folder.name)
    write_expected(
        folder / "expected.json", "model_fixtures.py", ["torch", "transformers"], tokens, logits, agreement
    )
    return theirs, agreement


def write_version4(name, folder, tokens, theirs):
    """Transformers 5 reads the older config, and makes the same model of it."""
    old = version4(name, json.loads((folder / "config.json").read_text()))
    (folder / "config.v4.json").write_text(json.dumps(old, indent=2) + "\n")
    config = transformers.AutoConfig.from_pretrained(folder / "config.v4.json")
    assert torch.equal(their_logits(load(folder, config), tokens), theirs), f"{name}: config.v4.json differs"


def write_family(output, name):
    torch.manual_seed(SEED)
    model = transformers.AutoModelForCausalLM.from_config(FAMILIES[name](), dtype=torch.float32)
    random_weights(model)
    tokens = torch.randint(0, model.config.vocab_size, (TOKENS,)).tolist()
    theirs, agreement = write_model(output / name, model, tokens)
    write_version4(name, output / name, tokens, theirs)
    report(output / name, agreement)
    if name == "llama2":
        write_variants(output, model, tokens)


def write_variants(output, model, tokens):
    """LLaMA 2 again: in several files, and rounded to 16 bits."""
    folder = output / "llama2-sharded"
    report(folder, write_model(folder, model, tokens, max_shard_size="30KB")[1])
    shards = list(folder.glob("model-*.safetensors"))
    assert len(shards) >= 3 and (folder / "model.safetensors.index.json").exists(), shards
    for suffix, kind in (("f16", torch.float16), ("bf16", torch.bfloat16)):
        folder = output / f"llama2-{suffix}"
        report(folder, write_model(folder, copy.deepcopy(model).to(kind), tokens)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=FIXTURES, help="the folder for the models' folders")
    parser.add_argument("--only", nargs="+", choices=FAMILIES, default=list(FAMILIES), help="some of the families")
    arguments = parser.parse_args()
    for name in arguments.only:
        write_family(arguments.output, name)


if __name__ == "__main__":
    main()
