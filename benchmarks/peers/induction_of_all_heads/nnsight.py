with wrapped.trace(repeated):
    patterns = nnsight.save([layer.self_attn.output[1] for layer in wrapped.model.layers])
result = torch.stack([pattern.diagonal(1 - period, -2, -1)[..., 1:].mean((0, -1)) for pattern in patterns])
