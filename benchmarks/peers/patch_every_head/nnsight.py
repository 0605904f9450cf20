with wrapped.trace(clean):
    own = nnsight.save([layer.self_attn.o_proj.input.clone() for layer in wrapped.model.layers])
with wrapped.trace(corrupted):
    plain = wrapped.lm_head.output.save()
result = torch.empty(n_layers, n_heads)
for layer in range(n_layers):
    for head in range(n_heads):
        columns = slice(head * d_head, (head + 1) * d_head)
        with wrapped.trace(corrupted):
            wrapped.model.layers[layer].self_attn.o_proj.input[..., columns] = own[layer][..., columns]
            logits = wrapped.lm_head.output.save()
        result[layer, head] = metric(logits) - metric(plain)
