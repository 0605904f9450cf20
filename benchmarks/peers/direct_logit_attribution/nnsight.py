with wrapped.trace(clean):
    z = nnsight.save([layer.self_attn.o_proj.input[:, -1].clone() for layer in wrapped.model.layers])
    stream = wrapped.model.norm.input[:, -1].clone().save()
scale = (stream.pow(2).mean(-1, keepdim=True) + model.config.rms_norm_eps).rsqrt() * model.model.norm.weight
direction = scale * (model.lm_head.weight[answers] - model.lm_head.weight[wrong])
result = torch.empty(n_layers, n_heads)
for layer, block in enumerate(model.model.layers):
    parts = z[layer].unflatten(-1, (n_heads, d_head))
    written = torch.einsum("phd,ohd->pho", parts, block.self_attn.o_proj.weight.unflatten(-1, (n_heads, d_head)))
    result[layer] = torch.einsum("pho,po->ph", written, direction).mean(0)
