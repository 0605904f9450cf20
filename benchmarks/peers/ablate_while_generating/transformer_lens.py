def silence(z, hook):
    z[:, :, 2] = 0
    return z


with lens.hooks(fwd_hooks=[("blocks.3.attn.hook_z", silence)]):
    result = lens.generate(clean, max_new_tokens=5, do_sample=False, stop_at_eos=False, verbose=False)
