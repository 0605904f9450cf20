result = headkb.score_heads(loaded, ["previous-token", "duplicate-token", "induction"], Prompts.of(repeated)).to_pandas()
