result = headkb.patch(loaded, prompts=prompts, normalize="none").values
