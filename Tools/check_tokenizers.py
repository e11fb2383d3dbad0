#!/usr/bin/env python3
"""Has the tests write tokenizers as GGUF files and as Hugging Face folders, some of vocabularies that they make, and
reads them with transformers, sentencepiece and, where it is there, llama.cpp. Conversations in the chat templates that
such a folder carries must be those of `apply_chat_template`. Run from the root of the repository:

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
    print(f"{'ok ' if different == 0 else 'BAD'} {program:13} {name:22} {same} same, {known} differ as known, {different} differ")
    return different == 0


def check_transformers(folder, name, texts, wanted, size):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / name)

    def encode(text):
        return tokenizer(text, split_special_tokens=True)["input_ids"]

    if len(tokenizer) != size:
        sys.exit(f"{name}: transformers sees {len(tokenizer)} tokens of {size}")
    return compare("transformers", name, texts, wanted, encode, lambda text: is_metaspace(name, text))


def check_sentencepiece(path, name, texts, wanted):
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    adds_bos = wanted[texts.index("")] == [processor.bos_id()]

    def encode(text):
        return processor.encode(text, add_bos=adds_bos)

    return compare("sentencepiece", name, texts, wanted, encode, lambda text: is_metaspace(name, text))


def check_chats(folder, name):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / name)
    chats = json.loads((folder / f"{name}.chat.json").read_text())["chats"]
    bad = 0
    for chat in chats:
        arguments = dict(conversation=chat["messages"], add_generation_prompt=chat["prompting"])
        text = tokenizer.apply_chat_template(**arguments, tokenize=False)
        ids = list(tokenizer.apply_chat_template(**arguments, tokenize=True, return_dict=True)["input_ids"])
        if text != chat["text"] or ids != chat["ids"]:
            bad += 1
            print(f"    {text!r}\n      wanted {chat['ids']}\n      found  {ids}")
    print(f"{'ok ' if bad == 0 else 'BAD'} {'chat':13} {name:22} {len(chats) - bad} same, {bad} differ")
    return bad == 0


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
        for name in sorted(path.name for path in folder.iterdir() if path.is_dir()):
            value = json.loads((folder / f"{name}.json").read_text())
            texts, wanted = value["texts"], value["ids"]
            is_good &= check_transformers(folder, name, texts, wanted, value["vocabulary_size"])
            if (folder / name / "tokenizer.model").exists():
                is_good &= check_sentencepiece(folder / name / "tokenizer.model", name, texts, wanted)
            if (folder / f"{name}.chat.json").exists():
                is_good &= check_chats(folder, name)
            if "llama_cpp" in sys.modules and (folder / f"{name}.gguf").exists():
                is_good &= check_llama(folder, name, texts, wanted)
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
