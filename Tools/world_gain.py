#!/usr/bin/env python3
"""What evolved tasks of the built-in world are worth to a small LLaMA that starts from random weights.

Has the tests write seeds, evolved tasks and held-out ones, trains two models of the same shape on the same number of
tokens, one on the seeds alone and one on seeds and evolved tasks, and counts exact answers to held-out tasks. Needs
torch and sentencepiece:
    OMP_NUM_THREADS=1 python3 Tools/world_gain.py [--world wide] [--seeds 0 1 2] [--deviation 0.05] …
Everything is as a training recipe has it: the wizardlm template, the loss on answers, packing without one example
seeing another, AdamW with a cosine.

On 2 cores, torch 2.15, 900 held-out tasks of the small world of which 600 are complex (two or three parts, 56
combinations), 5,000 seeds and the two rounds that the world has room for; per cent right, a mean of seeds 0, 1 and 2
(each of the three):

| trained on | plain | complex | of two parts | of three parts |
| --- | --- | --- | --- | --- |
| seeds | 99.2 | 6.2 (6.3, 6.2, 6.0) | 7.7 | 2.2 |
| seeds + evolved | 65.8 | 40.1 (40.7, 37.0, 42.7) | 43.5 | 31.3 |

The standard deviation of fresh weights, 0.05, is about the √(2 / 5·hidden) of Nguyen & Salazar 2019 for 128 numbers.
Before an input could be complicated a second time, complex tasks went from 6.6 to 41.9 with it, and with 0.02 from 6.7
to 22.5 (three seeds each); with other combinations held out (seeds 1 and 2 of the split, one training each) from 7.8
to 29.3 and from 10.2 to 37.0.

The wide world at the same number of tokens, four rounds, 768 pieces and one seed: 22.7 plain and 0.5 complex with
seeds, 9.0 and 2.5 with seeds + evolved. It takes longer to learn than these 400,000 tokens.
"""

import argparse
import io
import itertools
import json
import math
import os
import pathlib
import random
import subprocess
import tempfile
import time

import sentencepiece
import torch
from torch import nn
from torch.nn import functional

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROMPT = "\n\n### Response:"
NOT_LEARNED = -100


class Norm(nn.Module):
    """RMSNorm."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.weight


class Layer(nn.Module):
    """Attention with RoPE and a gated feed-forward network, as LLaMA has them."""

    def __init__(self, options):
        super().__init__()
        self.heads = options.heads
        self.norms = nn.ModuleList([Norm(options.hidden), Norm(options.hidden)])
        self.qkv = nn.Linear(options.hidden, 3 * options.hidden, bias=False)
        self.out = nn.Linear(options.hidden, options.hidden, bias=False)
        self.gate_up = nn.Linear(options.hidden, 2 * options.ffn, bias=False)
        self.down = nn.Linear(options.ffn, options.hidden, bias=False)

    def forward(self, x, mask, cos, sin):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norms[0](x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)

        def turned(t):
            a, b = t.chunk(2, -1)
            return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

        seen = functional.scaled_dot_product_attention(turned(q), turned(k), v, attn_mask=mask)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.gate_up(self.norms[1](x)).chunk(2, -1)
        return x + self.down(functional.silu(gate) * up)


class Llama(nn.Module):
    """The logits at chosen places of packed sequences."""

    def __init__(self, options):
        super().__init__()
        self.table = nn.Embedding(options.vocabulary, options.hidden)
        self.layers = nn.ModuleList(Layer(options) for _ in range(options.layers))
        self.norm = Norm(options.hidden)
        self.head = nn.Linear(options.hidden, options.vocabulary, bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, 0, options.deviation)
        width = options.hidden // options.heads
        angles = torch.outer(torch.arange(512), 10_000.0 ** (-torch.arange(0, width, 2) / width))
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, ids, examples, positions, chosen):
        causal = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).tril()
        mask = ((examples[:, :, None] == examples[:, None, :]) & causal)[:, None]
        cos, sin = self.cos[positions][:, None], self.sin[positions][:, None]
        x = self.table(ids)
        for layer in self.layers:
            x = layer(x, mask, cos, sin)
        return self.head(self.norm(x[chosen]))


def tokenizer_of(rows, vocabulary):
    """A SentencePiece vocabulary (BPE with bytes, as LLaMA's) of the rows."""
    rows = random.Random(1).sample(rows, min(len(rows), 6000))
    lines = [line for row in rows for line in f"{row['instruction']}{PROMPT} {row['output']}".split("\n")]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, vocab_size=vocabulary, model_type="bpe",
        byte_fallback=True, character_coverage=1.0, normalization_rule_name="identity",
        remove_extra_whitespaces=False, hard_vocab_limit=False, num_threads=1, minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def encoded(row, tokenizer):
    """Prompt and answer."""
    prompt = [tokenizer.bos_id()] + tokenizer.encode(row["instruction"] + PROMPT)
    return prompt, tokenizer.encode(row["output"]) + [tokenizer.eos_id()]


def packed(examples, length):
    """Sequences by first fit over the last 16."""
    sequences = []
    for prompt, answer in examples:
        count = len(prompt) + len(answer)
        for sequence in sequences[-16:]:
            if sequence[1] >= count:
                sequence[0].append((prompt, answer))
                sequence[1] -= count
                break
        else:
            sequences.append([[(prompt, answer)], length - count])
    return [sequence[0] for sequence in sequences]


def tensors(sequences, length):
    """Ids, the example each place belongs to, its position there, and what is to be learned there."""
    shape = (len(sequences), length)
    ids, positions = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    examples, targets = torch.full(shape, -1), torch.full(shape, NOT_LEARNED)
    for row, sequence in enumerate(sequences):
        start = 0
        for index, (prompt, answer) in enumerate(sequence):
            tokens, end = torch.tensor(prompt + answer), start + len(prompt) + len(answer)
            ids[row, start:end] = tokens
            examples[row, start:end] = index
            positions[row, start:end] = torch.arange(end - start)
            targets[row, start + len(prompt) - 1 : end - 1] = tokens[len(prompt) :]
            start = end
    return ids, examples, positions, targets


def schedule(examples, options, seed):
    """The steps, each a list of sequences, until so many tokens were seen."""
    order, steps, seen = random.Random(seed), [], 0
    while seen < options.tokens:
        order.shuffle(examples)
        sequences = packed(examples, options.length)
        for start in range(0, len(sequences), options.micro):
            step = sequences[start : start + options.micro]
            seen += sum(len(prompt) + len(answer) for sequence in step for prompt, answer in sequence)
            steps.append(step)
            if seen >= options.tokens:
                break
    return steps


def trained(rows, tokenizer, options, seed):
    """A model after options.tokens tokens of the rows, and its last loss in nats a token."""
    torch.manual_seed(seed)
    model = Llama(options)
    examples = [encoded(row, tokenizer) for row in rows]
    examples = [example for example in examples if len(example[0]) + len(example[1]) <= options.length]
    steps = schedule(examples, options, seed)
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    others = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.1}, {"params": others, "weight_decay": 0}], betas=(0.9, 0.95))
    losses = []
    for index, step in enumerate(steps):
        rest = max(0, index - options.warmup) / (len(steps) - options.warmup)
        for group in optimizer.param_groups:
            group["lr"] = options.rate * min(1, (index + 1) / options.warmup) * (1 + math.cos(math.pi * rest)) / 2
        ids, places, positions, targets = tensors(step, options.length)
        chosen = targets != NOT_LEARNED
        loss = functional.cross_entropy(model(ids, places, positions, chosen), targets[chosen])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return model, sum(losses[-30:]) / len(losses[-30:])


@torch.no_grad()
def graded(model, rows, tokenizer):
    """Whether the greedy answer to each row is the right one to the last token: every token is the likeliest after
    the right ones before it."""
    results = []
    for start in range(0, len(rows), 100):
        examples = [[encoded(row, tokenizer)] for row in rows[start : start + 100]]
        length = max(len(prompt) + len(answer) for ((prompt, answer),) in examples)
        ids, places, positions, targets = tensors(examples, length)
        best = model(ids, places, positions, torch.ones_like(ids, dtype=torch.bool)).argmax(-1).view(ids.shape)
        results += ((best == targets) | (targets == NOT_LEARNED)).all(1).tolist()
    return results


def share(rows, results, condition):
    """Per cent right, and of how many."""
    chosen = [result for row, result in zip(rows, results) if condition(row)]
    return f"{100 * sum(chosen) / max(1, len(chosen)):.1f} ({len(chosen)})"


def describe(rows, results):
    """Accuracy of plain and complex tasks, of the complex ones by parts, difficulty and operation."""
    complex_rows = [(row, result) for row, result in zip(rows, results) if not row["isPlain"]]
    hard, right = [row for row, _ in complex_rows], [result for _, result in complex_rows]
    print(f"  plain {share(rows, results, lambda row: row['isPlain'])}  complex {share(hard, right, lambda _: True)}")
    for key, name in (("size", "parts"), ("difficulty", "difficulty")):
        values = sorted({row[key] for row in hard})
        print(f"    by {name}: " + ", ".join(
            f"{value}: {share(hard, right, lambda row: row[key] == value)}" for value in values))
    operations = sorted(set(itertools.chain.from_iterable(row["operations"] for row in hard)))
    print("    with " + ", ".join(
        f"{name}: {share(hard, right, lambda row: name in row['operations'])}" for name in operations), flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--world", choices=["small", "wide"], default="small")
    parser.add_argument("--data", type=pathlib.Path, help="a folder that the tests wrote before")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--tokens", type=int, default=400_000)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--ffn", type=int, default=344)
    parser.add_argument("--vocabulary", type=int, default=512)
    parser.add_argument("--deviation", type=float, default=0.05)
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--micro", type=int, default=4, help="sequences a step")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--warmup", type=int, default=40)
    return parser.parse_args()


def read(folder, name):
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


def compare(folder, options):
    seeds, evolved, test = (read(folder / options.world, name) for name in ("seeds", "evolved", "test"))
    tokenizer = tokenizer_of(seeds + evolved, options.vocabulary)
    print(f"{len(seeds)} seeds, {len(evolved)} evolved, {len(test)} held out, {tokenizer.vocab_size()} pieces")
    for seed in options.seeds:
        for name, rows in (("seeds", seeds), ("seeds + evolved", seeds + evolved)):
            start = time.monotonic()
            model, loss = trained(rows, tokenizer, options, seed)
            rate = options.tokens / (time.monotonic() - start)
            count = sum(parameter.numel() for parameter in model.parameters())
            print(f"{name}, seed {seed}: {count} parameters, loss {loss:.3f}, {rate:.0f} tokens/s")
            describe(test, graded(model, test, tokenizer))


def main():
    options = arguments()
    if options.data:
        compare(options.data, options)
        return
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["swift", "test", "--filter", "TaskWorldTests.GainDataTests"],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "EVOLCANO_WORLD_OUTPUT": folder},
        )
        compare(pathlib.Path(folder), options)


if __name__ == "__main__":
    main()
