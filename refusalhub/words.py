"""What the scripts of the pages say. A page carries these words in its own language; a script asks by the English."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

# What stands in braces is filled in by the script.
SAID_BY_SCRIPTS = (
    _("Dismiss"),
    _("That did not work (error {status}). Nothing on this page has changed."),
    _("The server cannot be reached. Nothing on this page has changed."),
    _("You have been signed out. Copy what you typed, then reload the page to sign in again."),
    _("Copied"),
    _("The browser does not allow copying here. The text is selected: press Ctrl+C."),
    _("That could not be copied. Open the plain text instead."),
    _("{seconds} s"),
)


def words() -> dict[str, str]:
    """Return each of these in the language that is active, by its English."""
    return {text: gettext(text) for text in SAID_BY_SCRIPTS}
