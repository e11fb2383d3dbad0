"""The families of models that fixtures are made of: a small config of each, and how transformers 4 wrote it."""

import transformers

LLAMA3_SCALING = dict(
    rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=48
)


def sizes(hidden=32, ffn=40, layers=2, heads=4, kv_heads=2, vocabulary=67):
    return dict(
        hidden_size=hidden,
        intermediate_size=ffn,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        vocab_size=vocabulary,
        max_position_embeddings=256,
    )


def rope(theta=10000.0, **scaling):
    return dict(rope_parameters={"rope_type": "default", "rope_theta": theta, **scaling})


def llama(**settings):
    return transformers.LlamaConfig(**{**sizes(), **rope(), "rms_norm_eps": 1e-5, **settings})


def mistral(**settings):
    return transformers.MistralConfig(**{**sizes(), **rope(), "rms_norm_eps": 1e-5, **settings})


def qwen2(**settings):
    return transformers.Qwen2Config(**{**sizes(), **rope(1e6), "tie_word_embeddings": True, **settings})


# With this context each of the llama3 rule's three cases is met by heads of 16 elements: the first wavelength, 6, is
# kept, the second, 32, lies between, the others are divided by the whole factor.
FAMILIES = {
    # Every head has keys of its own.
    "llama1": lambda: llama(**sizes(kv_heads=4), rms_norm_eps=1e-6),
    "llama2": lambda: llama(),
    "llama3": lambda: llama(**sizes(hidden=40, heads=5, kv_heads=1), **rope(500000.0)),
    "llama3.1": lambda: llama(**sizes(heads=2, kv_heads=1), **rope(500000.0, **LLAMA3_SCALING)),
    "llama3.2": lambda: llama(
        **sizes(kv_heads=1),
        head_dim=16,
        **rope(500000.0, **{**LLAMA3_SCALING, "factor": 32.0}),
        tie_word_embeddings=True,
    ),
    "llama-linear": lambda: llama(**rope(rope_type="linear", factor=2.0)),
    "llama-bias": lambda: llama(attention_bias=True, mlp_bias=True),
    "llama2-wide": lambda: llama(**sizes(hidden=64, ffn=96, layers=1)),
    # Heads wider than hidden / heads, as in Mistral Nemo.
    "mistral": lambda: mistral(head_dim=16, sliding_window=8),
    "mistral-nowindow": lambda: mistral(**sizes(kv_heads=1), sliding_window=None),
    "smollm": lambda: llama(**sizes(hidden=24, ffn=88, heads=3, kv_heads=1), tie_word_embeddings=True),
    "qwen2": lambda: qwen2(),
    "qwen2-window": lambda: qwen2(
        **sizes(layers=3), use_sliding_window=True, sliding_window=8, max_window_layers=1
    ),
    "qwen3": lambda: transformers.Qwen3Config(**sizes(), **rope(1e6), head_dim=16, tie_word_embeddings=True),
}

# What LlamaConfig did not know when the first LLaMA was converted (transformers 4.28): the defaults stand for it.
UNKNOWN_TO_LLAMA1 = (
    "attention_bias", "attention_dropout", "head_dim", "mlp_bias", "num_key_value_heads", "pretraining_tp",
    "rope_scaling", "rope_theta",
)  # fmt: skip


def version4(name, config):
    """The config.json of transformers 4, made of the one of transformers 5."""
    value = dict(config)
    parameters = dict(value.pop("rope_parameters"))
    value["rope_theta"] = parameters.pop("rope_theta")
    kind = parameters.pop("rope_type")
    # "type" was the key's name until 4.43, and is what older models on the hub have; "rope_type" came with llama3.
    kind_key = "rope_type" if kind == "llama3" else "type"
    value["rope_scaling"] = None if kind == "default" else {kind_key: kind, **parameters}
    value["torch_dtype"] = value.pop("dtype")
    value["transformers_version"] = "4.51.3" if name == "qwen3" else "4.43.4"
    value.pop("layer_types", None)
    if value.get("head_dim") == value["hidden_size"] // value["num_attention_heads"]:
        value.pop("head_dim")
    # Transformers 4 left out the token ids that are not set.
    value = {key: field for key, field in value.items() if not (key.endswith("_token_id") and field is None)}
    if name == "llama1":
        value = {key: field for key, field in value.items() if key not in UNKNOWN_TO_LLAMA1}
        value["transformers_version"] = "4.28.1"
    if name == "qwen2":
        # Qwen's own configs name a window and switch it off.
        value |= dict(sliding_window=8, max_window_layers=1)
    return dict(sorted(value.items()))
