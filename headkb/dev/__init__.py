"""`python -m headkb.dev TASK`: what a checkout is set up, checked, built and tested with; `make TASK` calls it.

It runs on a bare Python, before anything is installed: nothing here imports more than the standard library.
"""
