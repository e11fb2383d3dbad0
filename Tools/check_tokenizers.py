#!/usr/bin/env python3
"""Has the tests write tokenizers as GGUF files and as Hugging Face folders, and reads them with transformers and, where
it is there, llama.cpp. Run from the root of the repository:

    pip install transformers sentencepiece protobuf llama-cpp-python
    python3 Tools/check_tokenizers.py

Ids must be those of the original tokenizer, but for what the other program does differently, which is counted:
- the Metaspace of a tokenizer.json puts no space before text that starts with one, SentencePiece and llama.cpp do;
- llama.cpp does not compose characters (NFC), Qwen2's own tokenizer does;
- llama.cpp ends a text at its first zero byte when Python hands it over.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent


def is_metaspace(name, text):
    return name == "metaspace" and text[:1] in (" ", "\u2581")


def compare(program, name, texts, wanted, encode, excused):
    same = different = known = 0
    for text, ids in zip(texts, wanted):
        found = encode(text)
        if found == ids:
            same += 1
        elif excused(text):
            known += 1
        else:
            different += 1
            print(f"    {text!r}\n      wanted {ids}\n      found  {found}")
    print(f"{'ok ' if different == 0 else 'BAD'} {program:12} {name:18} {same} same, {known} differ as known, {different} differ")
    return different == 0


def check_transformers(folder, name, texts, wanted, size):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / name)

    def encode(text):
        return tokenizer(text, split_special_tokens=True)["input_ids"]

    if len(tokenizer) != size:
        sys.exit(f"{name}: transformers sees {len(tokenizer)} tokens of {size}")
    return compare("transformers", name, texts, wanted, encode, lambda text: is_metaspace(name, text))


def check_llama(folder, name, texts, wanted):
    import llama_cpp

    model = llama_cpp.Llama(str(folder / f"{name}.gguf"), vocab_only=True, verbose=False)
    adds_bos = bool(llama_cpp.llama_vocab_get_add_bos(llama_cpp.llama_model_get_vocab(model.model)))

    def encode(text):
        return model.tokenize(text.encode(), add_bos=adds_bos, special=False)

    def excused(text):
        composes = "qwen2" in name and unicodedata.normalize("NFC", text) != text
        return composes or "\0" in text or is_metaspace(name, text)

    return compare("llama.cpp", name, texts, wanted, encode, excused)


def main():
    is_good = True
    try:
        import llama_cpp  # noqa: F401
    except ImportError:
        print("there is no llama-cpp-python; llama.cpp is not checked")
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, EVOLCANO_TOKENIZERS_OUTPUT=folder)
        subprocess.run(["swift", "test", "--filter", "TokenizerInteroperationTests"], cwd=ROOT, env=environment, check=True)
        folder = pathlib.Path(folder)
        for path in sorted(folder.glob("*.gguf")):
            value = json.loads((folder / f"{path.stem}.json").read_text())
            texts, wanted = value["texts"], value["ids"]
            is_good &= check_transformers(folder, path.stem, texts, wanted, value["vocabulary_size"])
            if "llama_cpp" in sys.modules:
                is_good &= check_llama(folder, path.stem, texts, wanted)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
