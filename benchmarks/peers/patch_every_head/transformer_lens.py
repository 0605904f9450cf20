from transformer_lens.patching import get_act_patch_attn_head_out_all_pos

_, cache = lens.run_with_cache(clean)
result = get_act_patch_attn_head_out_all_pos(lens, corrupted, cache, metric) - metric(lens(corrupted))
