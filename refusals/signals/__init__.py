"""Provider signals: what an answer from any provider says about how the call ended.

`read` an answer, `read_batch` a batch's results, `read_otlp` spans; `redact` secrets before storing an answer.
One module per provider holds its facts as tables; `reader` is the way through.
"""

from refusals.signals.reader import read, read_batch, read_otlp
from refusals.signals.redaction import holds_redacted, redact
from refusals.signals.signal import RULES_VERSION, Decline, Raw, Signal

__all__ = [
    "RULES_VERSION",
    "Decline",
    "Raw",
    "Signal",
    "holds_redacted",
    "read",
    "read_batch",
    "read_otlp",
    "redact",
]
