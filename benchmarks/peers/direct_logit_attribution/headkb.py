result = headkb.attribute(loaded, prompts=prompts).values
