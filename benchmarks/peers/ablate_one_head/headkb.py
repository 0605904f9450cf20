result = headkb.ablate(loaded, "L3H2", prompts=prompts).value
