#!/usr/bin/env python3
"""Training runs of torch, transformers and peft in float64: what Tests/TrainingTests holds the trainer to.

    python3 Tools/training_fixtures.py    # writes Tests/TrainingTests/Fixtures

A model's folder (config.json, model.safetensors) is what the run starts from. Each run's file has its examples, its
batches, the loss of every step, the gradients of the first step, and how far every tensor has moved after the first and
the last step.
"""

import base64
import importlib.metadata
import json
import math
import shutil
from pathlib import Path

import numpy as np
import torch
import transformers
from peft import LoraConfig, get_peft_model

SEED = 20240301
STEPS = 20
FOLDER = Path(__file__).resolve().parent.parent / "Tests" / "TrainingTests" / "Fixtures"
SHAPE = dict(
    vocab_size=64,
    hidden_size=32,
    intermediate_size=48,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=64,
    rms_norm_eps=1e-5,
    tie_word_embeddings=True,
    bos_token_id=1,
    eos_token_id=2,
)
LEARNING_RATE = 1e-3
LENGTH, MICRO, ACCUMULATE = 24, 2, 2


def floats(values):
    array = np.asarray(values.detach(), dtype=np.float32)
    return {"shape": list(array.shape), "f32": base64.b64encode(array.tobytes()).decode()}


def model():
    """Weights that f32 holds exactly, so that both start from the same numbers."""
    torch.manual_seed(SEED)
    built = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SHAPE, attn_implementation="eager"))
    with torch.no_grad():
        for name, parameter in built.named_parameters():
            parameter.normal_(0, 0.1)
            if name.endswith("norm.weight"):
                parameter.add_(1)
    return built


def examples(generator):
    """Ragged documents, of which parts count: a prompt that does not, an answer with holes."""
    result = []
    for _ in range(STEPS * MICRO * ACCUMULATE):
        length = int(torch.randint(5, LENGTH + 1, (1,), generator=generator))
        ids = torch.randint(3, SHAPE["vocab_size"], (length,), generator=generator).tolist()
        prompt = int(torch.randint(1, length - 2, (1,), generator=generator))
        keep = torch.rand(length, generator=generator) < 0.8
        trained = [i >= prompt and bool(keep[i]) for i in range(length)]
        trained[-1] = True
        result.append({"ids": [1] + ids[1:], "trained": trained})
    return result


def loss_sum(network, batch):
    """The sum of the nll of the trained tokens, one document after the other."""
    total = torch.zeros((), dtype=torch.float64)
    for example in batch:
        ids = torch.tensor([example["ids"]])
        logits = network(input_ids=ids, use_cache=False).logits[0]
        losses = torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:], reduction="none")
        total = total + losses[torch.tensor(example["trained"][1:])].sum()
    return total


def name_of(name):
    """As the engine names it."""
    return name.removeprefix("base_model.model.").replace(".base_layer.", ".").replace(".default.", ".")


def decays(name):
    return not (name.endswith(".bias") or name.endswith("norm.weight"))


def run(network, rows, weight_decay, clip):
    trained = {n: p for n, p in network.named_parameters() if p.requires_grad}
    before = {n: p.detach().clone() for n, p in trained.items()}
    groups = [
        {"params": [p for n, p in trained.items() if decays(n)], "weight_decay": weight_decay},
        {"params": [p for n, p in trained.items() if not decays(n)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    losses, norms, gradients, first = [], [], {}, {}
    size = MICRO * ACCUMULATE
    for step in range(STEPS):
        batch = rows[step * size : (step + 1) * size]
        count = sum(sum(e["trained"][1:]) for e in batch)
        optimizer.zero_grad()
        total = loss_sum(network, batch) / count
        total.backward()
        if step == 0:
            gradients = {name_of(n): floats(p.grad) for n, p in trained.items()}
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained.values(), clip or math.inf)))
        optimizer.step()
        losses.append(float(total.detach()))
        if step == 0:
            first = {name_of(n): floats(p - before[n]) for n, p in trained.items()}
    last = {name_of(n): floats(p - before[n]) for n, p in trained.items()}
    return {"losses": losses, "norms": norms, "gradients": gradients, "first_update": first, "last_update": last}


def write(name, content, start):
    packages = ["torch", "transformers", "peft", "numpy"]
    header = {
        "made_by": "Tools/training_fixtures.py",
        "seed": SEED,
        "versions": {p: importlib.metadata.version(p) for p in packages},
        "learning_rate": LEARNING_RATE,
        "length": LENGTH,
        "micro": MICRO,
        "accumulate": ACCUMULATE,
        "start": start,
    }
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps({**header, **content}, separators=(",", ":")) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


def main():
    torch.set_num_threads(1)
    folder = FOLDER / "model"
    shutil.rmtree(folder, ignore_errors=True)
    start = model()
    start.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    rows = examples(torch.Generator().manual_seed(SEED))

    full = start.double()
    state = {n: p.detach().clone() for n, p in full.state_dict().items()}
    result = run(full, rows, weight_decay=0.1, clip=0.5)
    write("full", {"examples": rows, "weight_decay": 0.1, "clip": 0.5, **result}, {})

    full.load_state_dict(state)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
    lora = get_peft_model(full, config)
    generator = torch.Generator().manual_seed(SEED + 1)
    with torch.no_grad():
        for name, parameter in lora.named_parameters():
            if "lora_" in name:  # B is not zero, so that A has a gradient at the first step
                values = torch.randn(parameter.shape, generator=generator) * 0.1
                parameter.copy_(values)
    begin = {name_of(n): floats(p) for n, p in lora.named_parameters() if p.requires_grad}
    result = run(lora, rows, weight_decay=0.0, clip=None)
    write("lora", {"examples": rows, "weight_decay": 0.0, "clip": None, "rank": 4, "alpha": 8, **result}, begin)


if __name__ == "__main__":
    main()
