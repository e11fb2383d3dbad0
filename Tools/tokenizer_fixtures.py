#!/usr/bin/env python3
"""Writes the fixtures that tokenizers and chat templates are held to.

Every id comes from the sentencepiece, tokenizers or transformers package; none from this project. Run from the root
of the repository:

    python3 -m venv /tmp/fixtures
    /tmp/fixtures/bin/pip install tokenizers sentencepiece transformers gguf jinja2 protobuf
    /tmp/fixtures/bin/python Tools/tokenizer_fixtures.py      # writes Tests/TextTests/Fixtures

`texts.json` holds the texts; `NAME/tokenizer.*` small tokenizers trained here, so that every path is tested without
other files; `NAME.json` ids, one list a text. With ../shared/models there are also ids of LLaMA, LLaMA 3, Qwen2 and
GPT-2 themselves (ids only: the vocabularies are not copied).
"""

import io
import json
import pathlib
import random

import gguf
import sentencepiece
import tokenizers
import transformers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "Tests/TextTests/Fixtures"
MODELS = ROOT.parent / "shared/models"
SEED = 42

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")

TEXTS = [
    "",
    " ",
    "a",
    "Hello, world!",
    " leading and trailing  ",
    "Once upon a time, there was a little girl named Lily.",
    "I'm, you're, he'll, we've, it's, I'd, can't. I'M, YOU'RE, HE'LL, WE'VE, IT'S, I'D, CAN'T 'ſ 'hello 'tis",
    "tabs\tand\t\ttabs, carriage\r\nreturns\r\n\r\n\nand\n\n\n   \n  indented\n    more\n",
    "1 12 123 1234 12345 3.14159 1,000,000 ½ ² Ⅷ ٣٤٥ १२३ 二〇二六",
    "def f(x):\n    return {'a': [x**2 for x in range(10)], \"b\": None}  # comment\n\n\nprint(f(3))\n",
    "for (int i = 0; i < n; ++i) { a[i] += b[i] * c; } // !!??$$%%^^&&**((",
    "Größe, naïve café, façade, Ångström, Łódź, İstanbul, ǅ, ŉ, ß ẞ",
    "cafe\u0301 A\u030angstro\u0308m e\u0302\u0323 \u0915\u093c \u1112\u1161\u11ab \u212b \u2126 \u00c5",
    "Привет, мир! Съешь ещё этих мягких французских булок.",
    "Γειά σου Κόσμε, ὅτι ᾧ \u1f77 \u03af",
    "你好，世界！今天天气怎么样？ 日本語のテキストと カタカナ ﾊﾝｶｸ",
    "안녕하세요 세계 한국어",
    "नमस्ते दुनिया क्षत्रिय ज़रूर",
    "مرحبا بالعالم \u200fالعربية\u200e שלום",
    "สวัสดีชาวโลก ภาษาไทย",
    "👋🏽 👨‍👩‍👧‍👦 🇩🇪🇫🇷 ❤️‍🔥 🏴󠁧󠁢󠁥󠁮󠁧󠁿 😀😀",
    "zero\u200bwidth nb\u00a0space \u3000ideographic\u2003em \u202fnarrow \u0085next \u2028line \u180e \ufeffbom",
    "spaces:" + " " * 40 + "end" + " " * 17,
    "\n" * 12 + " \n" * 5 + "\t" * 9 + "x",
    "a" * 300,
    "ab" * 64 + " " + "=" * 70 + "-" * 33,
    "<s> </s> <unk> <|endoftext|> <|im_start|>user <|eot_id|> [INST] <0x0A> <0xE2>",
    "▁already ▁▁ marked \u2581",
    "null\u0000 bell\u0007 escape\u001b delete\u007f c1\u0080\u009f private\ue000 noncharacter\uffff astral\U0010ffff",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠜎 ꙮ \u0378",
    "\ufffd\ufffd broken \ufffd",
    "The quick brown fox jumps over the lazy dog. THE QUICK BROWN FOX JUMPS OVER THE LAZY DOG!",
    "https://example.org/path?query=1&other=%20#fragment user@example.com C:\\dir\\file.txt",
]

# Bytes that are no UTF-8, as hexadecimal digits.
BROKEN = [
    "ff", "616263ff646566", "e282", "e28278", "f09f9880f09f98", "c328", "eda080", "f4908080", "c0af", "80",
    "61e2822062",
]


def random_texts(count):
    """Characters of many scripts and kinds in random order, so that no rule is met only where expected."""
    chooser = random.Random(SEED)
    alphabet = list(" \n\r\t'sStTreveLLlld.,!0123456789abcXYZ") + list(
        "  \u00a0\u2003éßſΩж你あ한ก👍🏽\u0301\u200d½٣Ⅷ_-#<>|{}"
    )
    return ["".join(chooser.choices(alphabet, k=chooser.randint(1, 60))) for _ in range(count)]


def corpus():
    return [text for text in TEXTS if text.strip()] * 3


def versions():
    return {
        "seed": SEED,
        "sentencepiece": sentencepiece.__version__,
        "tokenizers": tokenizers.__version__,
        "transformers": transformers.__version__,
    }


def write(name, value):
    text = json.dumps({"versions": versions(), **value}, ensure_ascii=True, separators=(",", ":"))
    (OUTPUT / f"{name}.json").write_text(text + "\n")


def save(name, tokenizer):
    """A tokenizer.json without white space, in a folder of its own."""
    folder = OUTPUT / name
    folder.mkdir(exist_ok=True)
    value = json.loads(tokenizer.to_str())
    (folder / "tokenizer.json").write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    return folder


def decoded(texts, found):
    """Null where decoding gives the text back, to keep the files small."""
    return [None if one == text else one for text, one in zip(texts, found)]


def ids_of(tokenizer, texts):
    """Ids without marks of the protocol in them: special tokens in the text stay text."""
    tokenizer.encode_special_tokens = True
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    tokenizer.encode_special_tokens = False
    return {
        "ids": ids,
        "special": [tokenizer.encode(text).ids for text in texts],
        "decoded": decoded(texts, [tokenizer.decode(one, skip_special_tokens=True) for one in ids]),
    }


def byte_level(splits, normalizer=None, ignore_merges=False, marks=("<|endoftext|>",), bos=None, size=330):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splits
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_special_tokens([AddedToken(mark, normalized=False) for mark in marks])
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))]
        )
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    return tokenizer


def split(expression):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(expression), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def byte_level_tokenizers():
    yield "gpt2", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    yield "prefixed", byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True))
    yield "llama3", byte_level(
        split(LLAMA3),
        ignore_merges=True,
        bos="<|begin_of_text|>",
        marks=("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
    )
    yield "qwen2", byte_level(
        split(QWEN2), normalizer=normalizers.NFC(), marks=("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    )
    yield "smollm", byte_level(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        ),
        marks=("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    )


def train_sentencepiece(name, **settings):
    folder = OUTPUT / name
    folder.mkdir(exist_ok=True)
    model = io.BytesIO()
    lines = [line for text in corpus() for line in text.split("\n") if line.strip() and "\0" not in line]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        minloglevel=2,
        num_threads=1,
        **settings,
    )
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    return folder


def is_tied(processor, text):
    """Whether two ways to cut the text are equally good: versions of the library then differ in which they take."""
    best = processor.nbest_encode(text, nbest_size=2)
    scores = [sum(processor.get_score(id) for id in ids) for ids in best]
    return len(best) > 1 and abs(scores[0] - scores[1]) < 1e-3


def unigram_ids(path, texts):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    ids = [None if is_tied(processor, text) else processor.encode(text) for text in texts]
    return {"ids": ids, "decoded": decoded(texts, [None if one is None else processor.decode(one) for one in ids])}


def sentencepiece_ids(path, texts):
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    ids = [processor.encode(text) for text in texts]
    return {"ids": ids, "decoded": decoded(texts, [processor.decode(one) for one in ids])}


def character_level_tokenizers(folder):
    """What transformers makes of a SentencePiece model, in both its forms."""
    converted = transformers.LlamaTokenizer.from_pretrained(str(folder))
    yield "metaspace", converted.backend_tokenizer
    old = Tokenizer.from_str(converted.backend_tokenizer.to_str())
    old.pre_tokenizer = None
    old.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    old.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B:1", special_tokens=[("<s>", old.token_to_id("<s>"))]
    )
    yield "prepend", old


# The chat templates of the models named in Sources/Text/ChatTemplate+Families.swift, without their parts for tools.
# What the model itself writes stands in `generation`, from which transformers makes its mask.
PLAIN = (
    "{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] %}{% set rest = messages[1:] %}"
    "{% else %}{% set system = DEFAULT %}{% set rest = messages %}{% endif %}"
    "{{ bos_token }}{% if system %}{{ system + 'AFTER' }}{% endif %}{% for message in rest %}"
    "{% if message['role'] == 'user' %}{{ USER }}{% else %}{{ 'PROMPT' }}"
    "{% generation %}{{ ANSWER }}{% endgeneration %}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'PROMPT' }}{% endif %}"
)


def plain(default, after, user, prompt, answer):
    text = PLAIN
    for name, value in (("DEFAULT", default), ("AFTER", after), ("USER", user), ("PROMPT", prompt), ("ANSWER", answer)):
        text = text.replace(name, value)
    return text


VICUNA = plain(
    "\"A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, "
    "and polite answers to the user's questions.\"",
    " ", "'USER: ' + message['content'] + ' '", "ASSISTANT:", "' ' + message['content'] + eos_token",
)
ALPACA = plain(
    "'Below is an instruction that describes a task. Write a response that appropriately completes the request.'",
    r"\n\n", r"'### Instruction:\n' + message['content'] + '\n\n'", "### Response:", "message['content'] + eos_token",
)
WIZARDLM = plain(
    "none", r"\n\n", r"message['content'] + '\n\n'", "### Response:", "message['content'] + eos_token"
)
LLAMA2 = (
    "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}"
    "{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}"
    "{% set system_message = false %}{% endif %}{% for message in loop_messages %}"
    "{% if loop.index0 == 0 and system_message != false %}"
    "{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}"
    "{% else %}{% set content = message['content'] %}{% endif %}"
    "{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}"
    "{% elif message['role'] == 'assistant' %}"
    "{% generation %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endgeneration %}{% endif %}{% endfor %}"
)
MISTRAL = (
    "{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}"
    "{% set loop_messages = messages[1:] %}{% else %}{% set loop_messages = messages %}{% endif %}{{ bos_token }}"
    "{% for message in loop_messages %}{% if message['role'] == 'user' %}"
    "{% if loop.first and system_message is defined %}"
    "{{ BEFORE + system_message + '\\n\\n' + message['content'] + AFTER }}{% else %}"
    "{{ BEFORE + message['content'] + AFTER }}{% endif %}"
    "{% else %}{% generation %}{{ LEAD + eos_token }}{% endgeneration %}GAP{% endif %}{% endfor %}"
)


def mistral(before, after, lead, gap=""):
    return MISTRAL.replace("BEFORE", before).replace("AFTER", after).replace("LEAD", lead).replace("GAP", gap)


LLAMA3_CHAT = (
    "{% for message in messages %}{% set content = message['content'] | trim %}"
    "{% set head = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' %}"
    "{% if loop.index0 == 0 %}{% set head = bos_token + head %}{% endif %}{{ head }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ content + '<|eot_id|>' }}{% endgeneration %}"
    "{% else %}{{ content + '<|eot_id|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)
LLAMA31 = (
    "{{- bos_token }}{%- if not date_string is defined %}{%- set date_string = '26 Jul 2024' %}{%- endif %}"
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content']|trim %}"
    "{%- set messages = messages[1:] %}{%- else %}{%- set system_message = '' %}{%- endif %}"
    "{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}{{- 'Cutting Knowledge Date: December 2023\\n' }}"
    "{{- 'Today Date: ' + date_string + '\\n\\n' }}{{- system_message }}{{- '<|eot_id|>' }}"
    "{%- for message in messages %}{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{- message['content'] | trim + '<|eot_id|>' }}{% endgeneration %}"
    "{% else %}{{- message['content'] | trim + '<|eot_id|>' }}{% endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"
)
CHATML = (
    "{% for message in messages %}FIRST{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    "{{ '\\n' }}{% else %}{{ message['content'] + '<|im_end|>' + '\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def chatml(default=None):
    if default is None:
        return CHATML.replace("FIRST", "")
    first = "{% if loop.first and messages[0]['role'] != 'system' %}"
    first += "{{ '<|im_start|>system\\nDEFAULT<|im_end|>\\n' }}{% endif %}".replace("DEFAULT", default)
    return CHATML.replace("FIRST", first)


ZEPHYR = (
    "{% for message in messages %}\n{% if message['role'] == 'user' %}\n"
    "{{ '<|user|>\\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n"
    "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n' }}"
    "{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}{{ '\\n' }}{% endif %}\n"
    "{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}"
)

CHATS = {
    "wizardlm": ("metaspace", WIZARDLM),
    "vicuna": ("metaspace", VICUNA),
    "alpaca": ("metaspace", ALPACA),
    "llama2": ("metaspace", LLAMA2),
    "llama2-legacy": ("prepend", LLAMA2),
    "llama3": ("llama3", LLAMA3_CHAT),
    "llama3.1": ("llama3", LLAMA31),
    "chatml": ("qwen2", chatml()),
    "chatml-text": ("metaspace", chatml()),
    "qwen2": ("qwen2", chatml("You are a helpful assistant.")),
    "qwen2.5": ("qwen2", chatml("You are Qwen, created by Alibaba Cloud. You are a helpful assistant.")),
    "smollm2": ("smollm", chatml("You are a helpful AI assistant named SmolLM, trained by Hugging Face")),
    "mistral-v0.1": (
        "metaspace", mistral("'[INST] '", "' [/INST]'", "message['content']", "{{ ' ' }}").replace(
            "{% endgeneration %}{{ ' ' }}", "{% endgeneration %}{# eos_token + ' ' #}{{ ' ' }}"
        ),
    ),
    "mistral-v0.2": ("metaspace", mistral("' [INST] '", "' [/INST]'", "' ' + message['content']")),
    "mistral-v0.3": ("prepend", mistral("'[INST] '", "'[/INST]'", "' ' + message['content']")),
    "zephyr": ("metaspace", ZEPHYR),
}

CONVERSATIONS = [
    [("user", "Hello, world!")],
    [("system", "Be brief."), ("user", "What is 2 + 2?")],
    [("user", "What is 2 + 2?"), ("assistant", "It is 4.")],
    [
        ("system", " Answer in German. \n"), ("user", " How are you? \n"), ("assistant", " Gut, danke! "),
        ("user", "ok"),
    ],
    [
        ("user", "a"), ("assistant", "👋🏽 cafe\u0301\n\nit's 12345"), ("user", "\n\nb\n"),
        ("assistant", "\nnewline first"),
    ],
    [("user", "你好"), ("assistant", "")],
    [("user", "1 < 2"), ("assistant", "  two spaces"), ("user", "3"), ("assistant", "\ttab"), ("user", "4")],
]


def chat_cases():
    cases = []
    for name, (source, template) in CHATS.items():
        marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
        if source == "llama3":
            marks = {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}
        elif source in ("qwen2", "smollm"):
            marks = {"eos_token": "<|im_end|>"}
        path = str(OUTPUT / source / "tokenizer.json")
        tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=path, **marks)
        tokenizer.chat_template = template
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            prompting = conversation[-1][0] == "user"
            found = tokenizer.apply_chat_template(
                messages, add_generation_prompt=prompting, tokenize=True, return_dict=True,
                return_assistant_tokens_mask=True,
            )
            text = tokenizer.apply_chat_template(messages, add_generation_prompt=prompting, tokenize=False)
            cases.append({
                "template": name, "tokenizer": source, "jinja": template, "eos": marks["eos_token"],
                "bos": marks.get("bos_token"), "messages": messages, "prompting": prompting, "text": text,
                "ids": list(found["input_ids"]), "mask": list(found["assistant_masks"]),
            })
    return cases


def written_cases():
    """Of the templates as this project writes them: `templates.json` holds `ChatTemplate.jinja` of each.

    EVOLCANO_TOKENIZERS_OUTPUT=/tmp swift test --filter everyTemplateInJinja writes it, to be copied to the fixtures.
    """
    cases = []
    for name, template in json.loads((OUTPUT / "templates.json").read_text()).items():
        path = str(OUTPUT / "prepend/tokenizer.json")
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_file=path, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
        )
        tokenizer.chat_template = template
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            arguments = {"conversation": messages, "add_generation_prompt": conversation[-1][0] == "user"}
            cases.append({
                "template": name, "tokenizer": "prepend", "eos": "</s>", "bos": "<s>", "messages": messages,
                "prompting": arguments["add_generation_prompt"],
                "text": tokenizer.apply_chat_template(**arguments, tokenize=False),
                "ids": list(tokenizer.apply_chat_template(**arguments, tokenize=True, return_dict=True)["input_ids"]),
            })
    return cases


def gguf_tokenizer(path, splits, normalizer=None, ignore_merges=False):
    fields = gguf.GGUFReader(str(path)).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    vocabulary = {token: id for id, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=ignore_merges))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = splits
    tokenizer.decoder = decoders.ByteLevel()
    for kind, special in ((3, True), (4, False)):
        added = [AddedToken(t, normalized=False, special=special) for t, k in zip(tokens, kinds) if k == kind]
        (tokenizer.add_special_tokens if special else tokenizer.add_tokens)(added)
    return tokenizer


def real_vocabularies(texts):
    if not MODELS.exists():
        print(f"{MODELS} is absent: no ids of real vocabularies")
        return
    folder = MODELS / "vocabularies"
    byte_splits = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for name, tokenizer in (
        ("real-gpt2", gguf_tokenizer(folder / "ggml-vocab-gpt-2.gguf", byte_splits)),
        ("real-llama3", gguf_tokenizer(folder / "ggml-vocab-llama-bpe.gguf", split(LLAMA3), ignore_merges=True)),
        ("real-qwen2", gguf_tokenizer(folder / "ggml-vocab-qwen2.gguf", split(QWEN2), normalizers.NFC())),
    ):
        write(name, ids_of(tokenizer, texts))
    write("real-llama", sentencepiece_ids(MODELS / "llama2-tokenizer/tokenizer.model", texts))


def main():
    OUTPUT.mkdir(parents=True, exist_ok=True)
    texts = TEXTS + [bytes.fromhex(one).decode("utf-8", errors="replace") for one in BROKEN] + random_texts(120)
    write("texts", {"texts": texts, "broken": BROKEN, "broken_at": len(TEXTS)})
    for name, tokenizer in byte_level_tokenizers():
        save(name, tokenizer)
        write(name, ids_of(tokenizer, texts))
    pieces = train_sentencepiece(
        "sentencepiece-bpe", vocab_size=900, model_type="bpe", byte_fallback=True, normalization_rule_name="identity",
        remove_extra_whitespaces=False, split_digits=True, character_coverage=0.98, user_defined_symbols=["<tool>"],
        allow_whitespace_only_pieces=True,
    )
    write("sentencepiece-bpe", sentencepiece_ids(pieces / "tokenizer.model", texts))
    unigram = train_sentencepiece("sentencepiece-unigram", vocab_size=700, model_type="unigram", hard_vocab_limit=False)
    write("sentencepiece-unigram", unigram_ids(unigram / "tokenizer.model", texts))
    for name, tokenizer in character_level_tokenizers(pieces):
        save(name, tokenizer)
        write(name, ids_of(tokenizer, texts))
    real_vocabularies(texts)
    write("chat", {"cases": chat_cases()})
    write("chat-written", {"cases": written_cases()})


if __name__ == "__main__":
    main()
