_, cache = lens.run_with_cache(repeated)
result = torch.stack(
    [cache["pattern", layer].diagonal(1 - period, -2, -1)[..., 1:].mean((0, -1)) for layer in range(n_layers)]
)
