with wrapped.generate(clean, max_new_tokens=5, do_sample=False) as tracer:
    with tracer.iter[:5]:
        wrapped.model.layers[3].self_attn.o_proj.input[..., 2 * d_head : 3 * d_head] = 0
    result = tracer.result.save()
