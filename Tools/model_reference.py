"""The LLaMA family's models in plain float64 PyTorch: what fixtures are computed with.

`transformers` keeps its norms, softmax and rotary tables in float32 inside whatever the model's type, so its own
results carry an error of about 1e-6; these carry none, and are held to transformers' by whoever uses them.
A config is one of transformers' (LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config); weights have its names. Biases,
norms of queries and keys and an output matrix are used where they are among the weights.
"""

import math

import torch
import torch.nn.functional as F

from fixture_values import masked_attention


def head_size(config):
    """The elements of a head. Qwen2's config has no key for it."""
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def rope_frequencies(config, divisors=None):
    """The angle a position, one for each pair of a head's elements.

    Source of the llama3 rule: transformers, modeling_rope_utils.py, _compute_llama3_parameters.
    """
    rope = config.rope_parameters
    size = head_size(config)
    frequencies = rope["rope_theta"] ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    return frequencies / (rope_divisors(rope, frequencies) if divisors is None else divisors)


def rope_divisors(rope, frequencies):
    """What each frequency is divided by: 1, the factor, or for llama3 something between by its wavelength."""
    if rope["rope_type"] == "default":
        return torch.ones_like(frequencies)
    if rope["rope_type"] == "linear":
        return torch.full_like(frequencies, rope["factor"])
    assert rope["rope_type"] == "llama3", rope
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    # How many times a frequency goes round within the original context: `high` times and it stays as it is, `low`
    # times and it is divided by the whole factor.
    turns = rope["original_max_position_embeddings"] * frequencies / (2 * math.pi)
    share = ((turns - low) / (high - low)).clamp(0, 1)
    return 1 / ((1 - share) / rope["factor"] + share)


def attention_window(config, layer):
    """How many positions a row of this layer sees, itself among them; None for all before it."""
    if config.model_type == "mistral":
        return config.sliding_window
    kinds = getattr(config, "layer_types", None)
    return config.sliding_window if kinds and kinds[layer] == "sliding_attention" else None


def model_logits(config, weights, tokens, positions=None, starts=None, divisors=None):
    """Logits (tokens, vocabulary). `positions` and `starts` say where documents packed into one sequence lie;
    `divisors` replaces the rule of the config for the rotary frequencies, as a GGUF's rope_freqs do."""
    count, size = len(tokens), head_size(config)
    t = torch.arange(count)
    positions = t if positions is None else torch.tensor(positions)
    angles = positions[:, None].double() * rope_frequencies(config, divisors)
    cosine, sine = (torch.cat((table, table), dim=-1)[:, None] for table in (angles.cos(), angles.sin()))

    def norm(x, name):
        return F.rms_norm(x, (x.shape[-1],), weights[name + ".weight"], config.rms_norm_eps)

    def linear(x, name):
        return F.linear(x, weights[name + ".weight"], weights.get(name + ".bias"))

    def rotated_heads(x, name, norm_name):
        x = linear(x, name).view(count, -1, size)
        if norm_name + ".weight" in weights:
            x = norm(x, norm_name)
        first, second = x.chunk(2, dim=-1)
        return (x * cosine + torch.cat((-second, first), dim=-1) * sine).flatten(1)

    h = F.embedding(torch.tensor(tokens), weights["model.embed_tokens.weight"])
    for layer in range(config.num_hidden_layers):
        prefix = f"model.layers.{layer}."
        own = prefix + "self_attn."
        mask = t[None] <= t[:, None]
        if starts is not None:
            mask &= t[None] >= torch.tensor(starts)[:, None]
        if (window := attention_window(config, layer)) is not None:
            mask &= t[None] > t[:, None] - window

        x = norm(h, prefix + "input_layernorm")
        q = rotated_heads(x, own + "q_proj", own + "q_norm")
        k = rotated_heads(x, own + "k_proj", own + "k_norm")
        v = linear(x, own + "v_proj")
        heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
        o, _ = masked_attention(q, k, v, mask, heads, kv_heads, size**-0.5)
        h = h + linear(o, own + "o_proj")
        x = norm(h, prefix + "post_attention_layernorm")
        gated = F.silu(linear(x, prefix + "mlp.gate_proj")) * linear(x, prefix + "mlp.up_proj")
        h = h + linear(gated, prefix + "mlp.down_proj")
    output = "lm_head" if "lm_head.weight" in weights else "model.embed_tokens"
    return linear(norm(h, "model.norm"), output)
