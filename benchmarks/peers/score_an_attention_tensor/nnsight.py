result = attention.diagonal(1 - period, -2, -1)[..., 1:].mean(-1)
