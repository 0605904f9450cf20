"""`python -m headkb.dev`, once this Python is known to be new enough."""

import sys

from headkb.dev.environment import OLDEST

if sys.version_info < OLDEST:
    here, least = (".".join(map(str, version[:2])) for version in (sys.version_info, OLDEST))
    sys.exit(f"headkb needs Python {least} or newer, this is {here}. Call it with another: python3.12 -m headkb.dev")

if __name__ == "__main__":
    from headkb.dev.tasks import main

    sys.exit(main(sys.argv[1:]))
