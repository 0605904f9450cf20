own_logits, own = lens.run_with_cache(clean)
_, other = lens.run_with_cache(corrupted)


def freeze(z, hook, sender):
    z[:] = own[hook.name]
    if hook.layer() == sender[0]:
        z[:, :, sender[1]] = other[hook.name][:, :, sender[1]]
    return z


def receive(v, hook, seen):
    v[:, :, 2] = seen[:, :, 2]
    return v


result = torch.full((n_layers, n_heads), torch.nan)
for sender in itertools.product(range(3), range(n_heads)):
    kept = []
    hooks = [(f"blocks.{layer}.attn.hook_z", partial(freeze, sender=sender)) for layer in range(n_layers)]
    hooks.append(("blocks.3.attn.hook_v", lambda v, hook: kept.append(v.clone())))
    lens.run_with_hooks(clean, fwd_hooks=hooks)
    logits = lens.run_with_hooks(clean, fwd_hooks=[("blocks.3.attn.hook_v", partial(receive, seen=kept[0]))])
    result[sender] = metric(logits) - metric(own_logits)
