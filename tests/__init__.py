"""The suite: `make test` runs it in one lane or two, `make bench` measures."""
