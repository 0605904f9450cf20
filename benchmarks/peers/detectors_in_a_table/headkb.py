detectors = ["previous-token", "duplicate-token", "induction"]
result = headkb.score_heads(loaded, detectors, prompts=Prompts.of(repeated)).to_pandas()
