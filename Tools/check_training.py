#!/usr/bin/env python3
"""Has the tests train a little, and reads the model and the adapter that they write with transformers and peft.

Needs torch, transformers and peft:
    python3 Tools/check_training.py
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import peft
import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests" / "TrainingTests" / "Fixtures"


def loss(model):
    """Mean nll of the trained tokens of the fixtures' first example."""
    example = json.loads((FIXTURES / "full.json").read_text())["examples"][0]
    ids = torch.tensor([example["ids"]])
    with torch.no_grad():
        logits = model.double()(input_ids=ids).logits[0]
    losses = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:], reduction="none")
    return float(losses[torch.tensor(example["trained"][1:])].mean())


def check(model, path, other):
    """The loss is the one noted, and not that of the model before training."""
    wanted = float(path.with_suffix(".loss").read_text())
    got = loss(model)
    if not abs(got - wanted) <= 1e-5 * wanted or not abs(got - other) > 1e-2:
        sys.exit(f"check_training.py: {path.name}: a loss of {got}, wanted {wanted}, before training {other}")
    print(f"ok  {path.name}: {got:.6f}, before training {other:.6f}")


def main():
    base = transformers.AutoModelForCausalLM.from_pretrained(FIXTURES / "model")
    before = loss(base)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["swift", "test", "--filter", "TrainingTests.InteroperationTests"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "EVOLCANO_TRAINING_OUTPUT": folder},
        )
        output = pathlib.Path(folder)
        check(transformers.AutoModelForCausalLM.from_pretrained(output / "full"), output / "full", before)
        check(peft.PeftModel.from_pretrained(base, output / "lora"), output / "lora", before)


if __name__ == "__main__":
    main()
