"""The commands of `python -m refusals`, one module each: `add` declares it, and its function runs it."""
