with wrapped.trace(clean):
    result = wrapped.model.layers[3].self_attn.output[1][0, 2].save()
