"""A LLaMA model's loss and gradients in float64, held to transformers' own: the fixture of the whole-graph test."""

import torch
import torch.nn.functional as F
import transformers

from fixture_values import normal, number, packed, relative, tensor
from model_reference import model_logits

LLAMA = dict(
    hidden=36, layers=2, heads=4, kv_heads=2, head_size=8, ffn=56, vocabulary=61, epsilon=1e-5, theta=10000.0
)


def llama_weights():
    d, f, v = LLAMA["hidden"], LLAMA["ffn"], LLAMA["vocabulary"]
    queries, keys = LLAMA["heads"] * LLAMA["head_size"], LLAMA["kv_heads"] * LLAMA["head_size"]

    def matrix(rows, columns):
        return normal(rows, columns, scale=columns**-0.5)

    def norm():
        return (1 + normal(d, scale=0.1)).detach().requires_grad_()

    weights = {"model.embed_tokens.weight": matrix(v, d)}
    for layer in range(LLAMA["layers"]):
        prefix = f"model.layers.{layer}."
        weights[prefix + "input_layernorm.weight"] = norm()
        weights[prefix + "self_attn.q_proj.weight"] = matrix(queries, d)
        weights[prefix + "self_attn.k_proj.weight"] = matrix(keys, d)
        weights[prefix + "self_attn.v_proj.weight"] = matrix(keys, d)
        weights[prefix + "self_attn.o_proj.weight"] = matrix(d, queries)
        weights[prefix + "post_attention_layernorm.weight"] = norm()
        weights[prefix + "mlp.gate_proj.weight"] = matrix(f, d)
        weights[prefix + "mlp.up_proj.weight"] = matrix(f, d)
        weights[prefix + "mlp.down_proj.weight"] = matrix(d, f)
    weights["model.norm.weight"] = norm()
    weights["lm_head.weight"] = matrix(v, d)
    return weights


def llama_config():
    return transformers.LlamaConfig(
        vocab_size=LLAMA["vocabulary"],
        hidden_size=LLAMA["hidden"],
        intermediate_size=LLAMA["ffn"],
        num_hidden_layers=LLAMA["layers"],
        num_attention_heads=LLAMA["heads"],
        num_key_value_heads=LLAMA["kv_heads"],
        head_dim=LLAMA["head_size"],
        rms_norm_eps=LLAMA["epsilon"],
        rope_parameters=dict(rope_type="default", rope_theta=LLAMA["theta"]),
        tie_word_embeddings=False,
        attn_implementation="eager",
    )


def transformers_llama(config, weights, tokens, targets, lengths):
    """Loss, logits and gradients of transformers' LLaMA, each document a sequence of its own.

    Its norms, softmax and rotary tables are float32 inside whatever the model's type, so agreement is to about
    1e-6.
    """
    model = transformers.LlamaForCausalLM(config).double()
    model.load_state_dict({name: w.detach() for name, w in weights.items()}, strict=True)
    logits = torch.cat(
        [model(torch.tensor(part)[None]).logits[0] for part in split_documents(tokens, lengths)]
    )
    loss = F.cross_entropy(logits, torch.tensor(targets), ignore_index=-1)
    loss.backward()
    return loss, logits, {name: parameter.grad for name, parameter in model.named_parameters()}


def split_documents(values, lengths):
    return [values[sum(lengths[:i]) : sum(lengths[: i + 1])] for i in range(len(lengths))]


def llama_block():
    lengths = [13, 8]
    starts, positions = packed(lengths)
    tokens = torch.randint(0, LLAMA["vocabulary"], (sum(lengths),)).tolist()
    # The next token is the target; a document's last row has none, nor have its first two, like a prompt.
    targets = [
        -1 if at == length - 1 or at < 2 else part[at + 1]
        for part, length in zip(split_documents(tokens, lengths), lengths)
        for at in range(length)
    ]
    weights = llama_weights()
    config = llama_config()
    logits = model_logits(config, weights, tokens, positions, starts)
    loss = F.cross_entropy(logits, torch.tensor(targets), ignore_index=-1)
    loss.backward()

    their_loss, their_logits, their_gradients = transformers_llama(config, weights, tokens, targets, lengths)
    differences = {"loss": abs(number(loss - their_loss)), "logits": relative(logits, their_logits)}
    differences |= {name: relative(w.grad, their_gradients[name]) for name, w in weights.items()}
    worst = max(differences, key=differences.get)
    print(f"llama_block against transformers: worst {worst}, {differences[worst]:.1e}")
    assert differences[worst] <= 2e-6, differences

    return (
        dict(config=LLAMA | dict(documents=lengths), tokens=tokens, targets=targets, positions=positions)
        | dict(document_start=starts, loss=number(loss), logits=tensor(logits))
        | dict(weights={name: tensor(w) for name, w in weights.items()})
        | dict(gradients={name: tensor(w.grad) for name, w in weights.items()})
    )
