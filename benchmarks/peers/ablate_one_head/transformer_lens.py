def silence(z, hook):
    z[:, :, 2] = 0
    return z


silenced = lens.run_with_hooks(clean, fwd_hooks=[("blocks.3.attn.hook_z", silence)])
result = metric(lens(clean)) - metric(silenced)
