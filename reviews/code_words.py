"""What the reason codes mean, in the reader's language.

The code book stands in `refusals`, which knows no Django. Its sentences are repeated here, word for
word, so that they are found for translation; a code of an organisation's own keeps its own words.
"""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from refusals import KNOWN_CODES, describe

MEANINGS = (
    _("A policy forbids the request; no narrower reason was given."),
    _("Too many requests for now; try again later."),
    _("A tool or action was asked for that nobody has verified."),
    _("The action could run code that nobody has approved."),
    _("The same steps were repeating without progress."),
    _("A check of integrity or grounding failed."),
    _("Instructions were found in content that should be data."),
    _("Declined under safeguards for computer security."),
    _("Declined under safeguards for biology."),
    _("Declined under safeguards for building frontier models."),
    _("Declined: it seemed to extract a model's reasoning."),
    _("Declined under safeguards for harms of a general kind."),
    _("Declined as dangerous content."),
    _("Declined as violent content."),
    _("Declined as hate, harassment or insult."),
    _("Declined as sexual content."),
    _("Declined for the protection of children."),
    _("Declined as touching on self-harm."),
    _("Declined for personal data."),
    _("Declined as protected material or recitation."),
    _("The request was taken for an attack on the safeguards."),
    _("The topic is on the list of a guardrail."),
    _("A word is on the list of a filter."),
    _("A guardrail stepped in without saying why."),
    _("The model itself refused, in words."),
    _("An agent's action seemed to be other than what was asked."),
    _("The action could carry data out, or reach data it should not."),
    _("The provider has put the account on hold."),
    _("The provider has no capacity at the moment."),
    _("The provider failed."),
    _("No answer within the time allowed."),
    _("No answer, or the connection broke."),
    _("The key is wrong, or may not do this."),
    _("Credit or quota is used up, or a spending limit is reached."),
    _("The provider does not accept the request as it is formed."),
    _("A setting of the workspace or account forbids it."),
    _("The request was cancelled before it was answered."),
    _("The request was not taken up in time."),
    _("A guardrail could not judge."),
    _("A model declined, and the provider's fallback answered."),
    _("The answer lacks something the deliverable needs."),
    _("The answer is shorter than the deliverable can be."),
    _("A guardrail masked or replaced part of the answer."),
    _("The content filter did not run, so the answer is unchecked."),
    _("The answer was cut off at the output limit."),
    _("The answer was cut off because the context was full."),
    _("The call ended well and brought nothing."),
    _("The provider says that what the model wrote is malformed."),
    _("The call stopped half-way, waiting to be continued."),
    _("The answer carries a signal that nobody knows yet, or none."),
)


def meaning_of(code: str) -> str:
    """Return what a code means, in the language that is active; nothing for a code that nobody registered."""
    return gettext(describe(code).meaning) if code in KNOWN_CODES else ""
