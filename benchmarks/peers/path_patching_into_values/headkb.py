result = headkb.path_patch(loaded, "L3H2", prompts=prompts, through="v").values
