"""What prompts say, read back with their tokenizer."""


def text(tokenizer, prompts, row=0):
    """The text of a prompt."""
    return tokenizer.decode(prompts.tokens[row][prompts.mask[row]])


def at(tokenizer, prompts, name, row=0):
    """The text at a place of a prompt, token by token."""
    where = prompts.positions[name].view(len(prompts), -1)[row]
    return [tokenizer.decode([int(prompts.tokens[row, pos])]) for pos in where.tolist() if pos >= 0]
