"""What a person fills in. Each form names its fields in words and says what is missing."""

from reviews.forms.decide import ByHandForm, ReasonForm, ReclassifyForm, ReissueForm, VersionedForm
from reviews.forms.queue import OpenChoice, QueueFilterForm

__all__ = [
    "ByHandForm",
    "OpenChoice",
    "QueueFilterForm",
    "ReasonForm",
    "ReclassifyForm",
    "ReissueForm",
    "VersionedForm",
]
