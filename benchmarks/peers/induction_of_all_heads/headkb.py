result = headkb.score_heads(loaded, "induction", prompts=Prompts.of(repeated))["induction"].values
