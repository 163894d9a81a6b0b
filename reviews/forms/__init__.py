"""What a person fills in. Each form names its fields in words and says what is missing."""

from reviews.forms.decide import ByHandForm, ReasonForm, ReclassifyForm, ReissueForm, VersionedForm
from reviews.forms.deeds import (
    DEEDS,
    AskForm,
    AssignForm,
    MergeForm,
    NoteForm,
    ReplyForm,
    SnoozeForm,
    TopicForm,
    quick_days,
)
from reviews.forms.queue import OpenChoice, QueueFilterForm, SavedViewForm

__all__ = [
    "DEEDS",
    "AskForm",
    "AssignForm",
    "ByHandForm",
    "MergeForm",
    "NoteForm",
    "OpenChoice",
    "QueueFilterForm",
    "ReasonForm",
    "ReclassifyForm",
    "ReissueForm",
    "ReplyForm",
    "SavedViewForm",
    "SnoozeForm",
    "TopicForm",
    "VersionedForm",
    "quick_days",
]
