#!/usr/bin/env python3
"""Writes LoRA adapters over the LLaMA 2 fixture, as peft saves them, with the logits that the adapted model must give.

Set up as for Tools/model_fixtures.py, whose llama2 must be there; then from the root of the repository:

    /tmp/fixtures/bin/python Tools/adapter_fixtures.py        # writes Tests/LanguageModelTests/Fixtures/llama2-adapter*
"""

import argparse
import json
import pathlib

import peft
import torch

from fixture_values import SEED
from model_fixtures import FIXTURES, check_agreement, load, report, their_logits, weights_of, write_expected
from model_reference import model_logits

BASE = "llama2"
ADAPTERS = {
    "llama2-adapter": dict(
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], use_rslora=False
    ),
    "llama2-adapter-rslora": dict(target_modules=["q_proj", "v_proj"], use_rslora=True),
}


def random_factors(model):
    """Fills A and B; peft starts B at zero, and an adapter that changes nothing would test nothing."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_" in name:
                parameter.copy_((torch.randn(parameter.shape) * parameter.shape[1] ** -0.5).float())


def merged_weights(weights, factors, settings):
    """W + s B A with s = alpha / r, or alpha / √r for rank-stabilised LoRA (Kalajdzievski 2023)."""
    rank, alpha = settings.r, settings.lora_alpha
    scale = alpha / (rank**0.5 if settings.use_rslora else rank)
    merged = dict(weights)
    for name, a in factors.items():
        if name.endswith(".lora_A.weight"):
            target = name.removeprefix("base_model.model.").replace(".lora_A", "")
            merged[target] = merged[target] + scale * factors[name.replace("lora_A", "lora_B")] @ a
    return merged


def write_adapter(output, name):
    torch.manual_seed(SEED)
    base = load(output / BASE)
    weights = weights_of(base)
    base.name_or_path = BASE
    settings = peft.LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, lora_dropout=0.0, **ADAPTERS[name])
    model = peft.get_peft_model(base, settings)
    random_factors(model)
    folder = output / name
    model.float().save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink()  # a form to fill in for the hub
    order_targets(folder / "adapter_config.json")

    tokens = json.loads((output / BASE / "expected.json").read_text())["tokens"]
    factors = {key: value.double() for key, value in peft.load_peft_weights(folder, device="cpu").items()}
    logits = model_logits(base.config, merged_weights(weights, factors, settings), tokens)
    adapted = peft.PeftModel.from_pretrained(load(output / BASE), folder).double().eval()
    agreement = check_agreement(logits, their_logits(adapted, tokens), name)
    packages = ["torch", "transformers", "peft"]
    write_expected(folder / "expected.json", "adapter_fixtures.py", packages, tokens, logits, agreement)
    report(folder, agreement)


def order_targets(path):
    """Peft keeps the names of the modules as a set, and writes them in another order every time."""
    settings = json.loads(path.read_text())
    settings["target_modules"].sort()
    path.write_text(json.dumps(settings, indent=2, sort_keys=True))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, default=FIXTURES, help="the folder of the models' folders")
    arguments = parser.parse_args()
    for name in ADAPTERS:
        write_adapter(arguments.output, name)


if __name__ == "__main__":
    main()
