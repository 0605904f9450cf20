with wrapped.trace(clean):
    own = nnsight.save([layer.self_attn.o_proj.input.clone() for layer in wrapped.model.layers])
    plain = wrapped.lm_head.output.save()
with wrapped.trace(corrupted):
    other = nnsight.save([layer.self_attn.o_proj.input.clone() for layer in wrapped.model.layers])
result = torch.full((n_layers, n_heads), torch.nan)
for sender, head in itertools.product(range(3), range(n_heads)):
    columns = slice(head * d_head, (head + 1) * d_head)
    mixed = [z.clone() for z in own]
    mixed[sender][..., columns] = other[sender][..., columns]
    with wrapped.trace(clean):
        for layer in range(3):
            wrapped.model.layers[layer].self_attn.o_proj.input[:] = mixed[layer]
        seen = wrapped.model.layers[3].self_attn.v_proj.output.save()
    with wrapped.trace(clean):
        wrapped.model.layers[3].self_attn.v_proj.output[..., 2 * d_head : 3 * d_head] = seen[
            ..., 2 * d_head : 3 * d_head
        ]
        logits = wrapped.lm_head.output.save()
    result[sender, head] = metric(logits) - metric(plain)
