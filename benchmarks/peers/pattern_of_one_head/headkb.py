result = headkb.patterns(loaded, text)["L3H2"]
