"""Models of the LLaMA family as GGUF files: the names and the row order that llama.cpp's converter gives them.

Reading and writing is the gguf package's. Source: llama.cpp, conversion/base.py and conversion/llama.py.
"""

import gguf
import numpy as np
import torch

from model_reference import rope_divisors, rope_frequencies

ROPE_DIVISORS = "rope_freqs.weight"
MODULES = ["model.embed_tokens", "model.norm", "lm_head"]
LAYER_MODULES = [
    "input_layernorm",
    *(f"self_attn.{name}" for name in ("q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm")),
    "post_attention_layernorm",
    *(f"mlp.{name}_proj" for name in ("gate", "up", "down")),
]


def architecture(config):
    """GGUF has no Mistral; it is a LLaMA there."""
    return "llama" if config.model_type == "mistral" else config.model_type


def tensor_names(config):
    """GGUF's name of every tensor that a model of this config may have, by transformers' name."""
    (kind,) = [kind for kind, name in gguf.MODEL_ARCH_NAMES.items() if name == architecture(config)]
    names = gguf.get_tensor_name_map(kind, config.num_hidden_layers)
    layers = range(config.num_hidden_layers)
    modules = MODULES + [f"model.layers.{layer}.{module}" for layer in layers for module in LAYER_MODULES]
    pairs = [(module, names.get_name(module)) for module in modules]
    return {f"{ours}.{kind}": f"{theirs}.{kind}" for ours, theirs in pairs if theirs for kind in ("weight", "bias")}


def rotated_heads(config, name):
    """How many heads a tensor has whose rows stand in another order in the file; None if they do not."""
    module = name.rsplit(".", 1)[0]
    if architecture(config) == "llama" and module.endswith("q_proj"):
        return config.num_attention_heads
    if architecture(config) == "llama" and module.endswith("k_proj"):
        return config.num_key_value_heads
    return None


def permuted(rows, heads):
    """From transformers' order, where the two elements that turn together are half a head apart, to llama.cpp's, where
    they are neighbours. `rows` may be quantised: a row is moved whole."""
    if heads is None:
        return rows
    return rows.reshape(heads, 2, -1, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def unpermuted(rows, heads):
    """The reverse of `permuted`."""
    if heads is None:
        return rows
    return rows.reshape(heads, -1, 2, *rows.shape[1:]).swapaxes(1, 2).reshape(rows.shape)


def metadata(config):
    """What the converter says of a model, by key: integers, and floats as float32 holds them."""
    prefix = architecture(config) + "."
    values = {
        "general.architecture": architecture(config),
        prefix + "block_count": config.num_hidden_layers,
        prefix + "context_length": config.max_position_embeddings,
        prefix + "embedding_length": config.hidden_size,
        prefix + "feed_forward_length": config.intermediate_size,
        prefix + "attention.head_count": config.num_attention_heads,
        prefix + "attention.head_count_kv": config.num_key_value_heads,
        prefix + "rope.freq_base": float(np.float32(config.rope_parameters["rope_theta"])),
        prefix + "attention.layer_norm_rms_epsilon": float(np.float32(config.rms_norm_eps)),
    }
    if (head_dim := getattr(config, "head_dim", None)) is not None:
        values[prefix + "attention.key_length"] = head_dim
        values[prefix + "attention.value_length"] = head_dim
    if architecture(config) == "llama":
        values[prefix + "vocab_size"] = config.vocab_size
        values[prefix + "rope.dimension_count"] = head_dim
    if config.rope_parameters["rope_type"] == "linear":
        values[prefix + "rope.scaling.type"] = "linear"
        values[prefix + "rope.scaling.factor"] = float(np.float32(config.rope_parameters["factor"]))
    return values


def stored_divisors(config):
    """The rotary frequencies' divisors as the converter writes them, for the llama3 rule alone; else None."""
    if config.rope_parameters["rope_type"] != "llama3":
        return None
    ones = torch.ones((), dtype=torch.float64)
    return rope_divisors(config.rope_parameters, rope_frequencies(config, divisors=ones)).float()


def dequantized(tensor):
    """A tensor of a file as float32."""
    return np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)


def read_model(reader, config):
    """Weights by transformers' names in float64, and the divisors of the rotary frequencies (None if not stored)."""
    tensors = {tensor.name: dequantized(tensor) for tensor in reader.tensors}
    divisors = tensors.pop(ROPE_DIVISORS, None)
    weights = {
        name: torch.from_numpy(unpermuted(tensors.pop(stored), rotated_heads(config, name)).copy()).double()
        for name, stored in tensor_names(config).items()
        if stored in tensors
    }
    assert not tensors, f"tensors that no {architecture(config)} has: {sorted(tensors)}"
    return weights, None if divisors is None else torch.from_numpy(divisors).double()
