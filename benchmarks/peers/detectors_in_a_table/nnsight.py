with wrapped.trace(repeated):
    patterns = nnsight.save([layer.self_attn.output[1] for layer in wrapped.model.layers])
stripes = {"previous-token": (-1, 0), "duplicate-token": (-period, 0), "induction": (1 - period, 1)}
result = pandas.DataFrame(index=heads)
for name, (offset, start) in stripes.items():
    scores = [pattern.diagonal(offset, -2, -1)[..., start:].mean((0, -1)) for pattern in patterns]
    result[name] = torch.cat(scores)
