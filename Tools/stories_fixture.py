#!/usr/bin/env python3
"""Writes the logits that a real model, stories260K, must give for the beginning of a story.

Set up as for Tools/model_fixtures.py; then from the root of the repository, with the model's folder:

    /tmp/fixtures/bin/python Tools/stories_fixture.py ../shared/models/stories260K
"""

import argparse
import pathlib

import sentencepiece

from model_fixtures import FIXTURES, check_agreement, load, their_logits, weights_of, write_expected
from model_reference import model_logits

TEXT = (
    "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she saw a "
    "big, red ball."
)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    folder = parser.parse_args().model
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
    tokens = [pieces.bos_id()] + pieces.encode(TEXT)
    model = load(folder)
    logits = model_logits(model.config, weights_of(model), tokens)
    agreement = check_agreement(their_logits(model, tokens), logits, folder)
    packages = ("torch", "transformers", "sentencepiece")
    write_expected(FIXTURES / "stories260K.json", pathlib.Path(__file__).name, packages, tokens, logits, agreement)


if __name__ == "__main__":
    main()
