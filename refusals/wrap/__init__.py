"""The clients of `anthropic` and `openai` as they are, with every model call recorded.

`clients` stands in for a client and its resources, `calls` for one call, `streams` for what a call streams.
"""

from refusals.wrap.clients import wrap

__all__ = ["wrap"]
