"""Texts that a database column can hold, and what could not be held kept aside."""

import json
import re

# PostgreSQL refuses NUL in text; neither database can encode a lone surrogate.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return the text with what a column cannot hold shown as U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def kept_aside(texts: dict[str, str]) -> bytes | None:
    """Return, as ASCII JSON, the texts that a column would alter; None where all can be held as they are."""
    altered = {name: text for name, text in texts.items() if _UNSTORABLE.search(text)}
    return json.dumps(altered).encode("ascii") if altered else None
