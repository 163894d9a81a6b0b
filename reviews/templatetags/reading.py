"""What the cards of a page show texts with."""

from django import template
from django.utils.safestring import SafeString

from pipelines.models import RunContent
from reviews import reading as of_page
from reviews import visible as of_text

register = template.Library()


@register.simple_tag
def visible(text: str) -> SafeString:
    """Show a text in which no character hides."""
    return of_text.visible(str(text))


@register.simple_tag
def typed(text: str) -> SafeString:
    """Show what a person typed, in which no character hides. A browser posts lines with CRLF: nobody typed that."""
    return of_text.visible(str(text).replace("\r\n", "\n"))


@register.inclusion_tag("reviews/_reading.html")
def reading(content: RunContent, name: str) -> dict[str, object]:
    """Show one of the run's texts by its name, with what it takes to read it."""
    return {"shown": of_page.shown(content, name)}


@register.inclusion_tag("reviews/_asked.html")
def asked(content: RunContent) -> dict[str, object]:
    """Show what was asked: the messages one by one where there are several, else the prompt."""
    messages, earlier = of_page.conversation(content)
    return {"content": content, "messages": messages, "earlier": earlier}
