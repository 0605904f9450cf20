result = induction(attention, Prompts.of(repeated))
