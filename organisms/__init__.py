"""Organisms: small models that this project trains itself, whose heads anyone can score, ablate and grow again.

`python -m organisms.train ID` rebuilds one. Their weights lie in `weights/ID` and load by name like any other model's.
"""
