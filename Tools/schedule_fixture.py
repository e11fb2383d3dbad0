#!/usr/bin/env python3
"""Writes the learning rates that Recipe's schedules are held to: those of transformers' get_scheduler.

Run from the root of the repository, with torch and transformers installed:

    python3 Tools/schedule_fixture.py      # writes Tests/RecipeTests/Fixtures/schedules.json
"""

import json
import pathlib

import torch
import transformers

OUTPUT = pathlib.Path(__file__).resolve().parent.parent / "Tests/RecipeTests/Fixtures/schedules.json"
KINDS = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
# (warm-up, total): none, one, the paper's two; a warm-up as long as the run, and longer.
LENGTHS = [(0, 1), (0, 10), (1, 10), (2, 33), (50, 500), (7, 7), (9, 5), (100, 1237)]
PEAKS = [2e-5, 1e-3, 0.3]


def rates(kind, warmup, total, peak):
    """The learning rate that each step is taken with."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    scheduler = transformers.get_scheduler(KINDS[kind], optimizer, warmup, total)
    found = []
    for _ in range(total):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


cases = []
for kind in KINDS:
    for number, (warmup, total) in enumerate(LENGTHS):
        peak = PEAKS[number % len(PEAKS)]
        found = rates(kind, warmup, total, peak)
        steps = sorted({step for step in range(total) if step % max(1, total // 40) == 0} | {0, total - 1})
        case = {"kind": kind, "warmup": warmup, "total": total, "peak": peak}
        cases.append(case | {"steps": steps, "rates": [found[step] for step in steps]})

OUTPUT.parent.mkdir(exist_ok=True)
versions = {"torch": torch.__version__, "transformers": transformers.__version__}
OUTPUT.write_text(json.dumps({"made_by": "Tools/schedule_fixture.py", "versions": versions, "cases": cases}) + "\n")
print(f"{OUTPUT.name}: {len(cases)} schedules, {sum(len(case['steps']) for case in cases)} steps")
