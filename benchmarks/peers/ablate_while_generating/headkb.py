with headkb.edited(loaded, "L3H2"):
    result = model.generate(clean, max_new_tokens=5, do_sample=False)
