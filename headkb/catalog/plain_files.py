"""How a file is opened of which nobody knows yet what it is: without waiting for the other end of a pipe."""

from __future__ import annotations

import os

OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""For `os.open`; what was opened is then asked, by `os.fstat`, whether it is a regular file."""
