_, cache = lens.run_with_cache(clean)
written = cache.stack_head_results(layer=-1, pos_slice=-1)
scaled = cache.apply_ln_to_stack(written, layer=-1, pos_slice=-1) * lens.ln_final.weight
direction = lens.W_U[:, answers] - lens.W_U[:, wrong]
result = (scaled * direction.T).sum(-1).mean(-1).reshape(n_layers, n_heads)
