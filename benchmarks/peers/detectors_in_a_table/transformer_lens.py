_, cache = lens.run_with_cache(repeated)
stripes = {"previous-token": (-1, 0), "duplicate-token": (-period, 0), "induction": (1 - period, 1)}
result = pandas.DataFrame(index=heads)
for name, (offset, start) in stripes.items():
    scores = [cache["pattern", layer].diagonal(offset, -2, -1)[..., start:].mean((0, -1)) for layer in range(n_layers)]
    result[name] = torch.cat(scores)
