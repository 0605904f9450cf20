with wrapped.trace(clean):
    plain = wrapped.lm_head.output.save()
with wrapped.trace(clean):
    wrapped.model.layers[3].self_attn.o_proj.input[..., 2 * d_head : 3 * d_head] = 0
    silenced = wrapped.lm_head.output.save()
result = metric(plain) - metric(silenced)
