"""No text passes for markup: what is trusted as it stands is written out, in the functions that are named here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_house import CODE, COMMENT, TEMPLATES, at

# Where markup is trusted as it stands, and even there only what is written out.
MAKES_MARKUP = {("reviews/templatetags/numbers.py", "trusted_markup")}
# Trust text by another name, or whole templates.
NEVER = {"mark_safe", "SafeText", "SafeData", "html_safe", "__html__", "safe", "safeseq"}
# Escape what they fill in, and trust what they fill it into: each with how many such arguments come first.
FILLS_IN = {"format_html": 1, "format_html_join": 2}
TRUSTED_IN_TEMPLATES = re.compile(
    r"\|\s*safe(seq)?\b|\{%\s*filter\b[^%]*\bsafe(seq)?\b|\{%-?\s*autoescape\s+off"
)


def trusted_text(source: str, *, path: str = "") -> list[str]:
    """Return the lines on which a module trusts text as markup, or could: each with what it uses for it."""
    tree = ast.parse(source)
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    types = {id(part) for annotation in _annotations(tree) for part in ast.walk(annotation)}
    makers = {name for module, name in MAKES_MARKUP if module == path}
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in makers
        for part in ast.walk(node)
    }
    return [
        f"{getattr(node, 'lineno', 0)}: {name}"
        for node in ast.walk(tree)
        for name in _names(node)
        if id(node) not in types
        and not _is_written_out(name, called.get(id(node)), may_make=id(node) in inside)
    ]


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
            yield node.returns
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation


def _names(node: ast.AST) -> Iterator[str]:
    """Yield what of the names that matter a part of the code uses; a plain import uses nothing yet."""
    watched = {*NEVER, *FILLS_IN, "SafeString"}
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in watched and (isinstance(node, ast.Attribute) or name not in {"safe", "safeseq"}):
            yield name
    elif isinstance(node, ast.FunctionDef) and node.name in NEVER - {"safe", "safeseq"}:
        yield node.name
    elif isinstance(node, ast.ImportFrom):
        yield from (
            f"{one.name} as {one.asname}" if one.asname else one.name
            for one in node.names
            if (one.name in watched and one.asname) or one.name in NEVER
        )
    elif isinstance(node, ast.keyword) and node.arg == "autoescape":
        yield "autoescape"


def _is_written_out(name: str, call: ast.Call | None, *, may_make: bool) -> bool:
    """Whether it is called with nothing but literals where text would be trusted."""
    if call is None:
        return False
    if name == "SafeString":
        return not (call.args or call.keywords) or (may_make and _literal(call.args) and not call.keywords)
    return name in FILLS_IN and _literal(call.args[: FILLS_IN[name]])


def _literal(arguments: list[ast.expr]) -> bool:
    return bool(arguments) and all(
        isinstance(one, ast.Constant) and isinstance(one.value, str) for one in arguments
    )


def test_no_code_trusts_text_as_markup() -> None:
    found = {at(path): lines for path in CODE if (lines := trusted_text(path.read_text(), path=at(path)))}
    assert found == {}


@pytest.mark.parametrize("path", TEMPLATES, ids=at)
def test_no_template_trusts_text_as_markup(path: Path) -> None:
    assert TRUSTED_IN_TEMPLATES.findall(COMMENT.sub("", path.read_text())) == []


def test_the_functions_that_make_markup_are_there() -> None:
    defined = {
        (at(path), node.name)
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert defined >= MAKES_MARKUP


@pytest.mark.parametrize(
    "code",
    [
        "SafeString(prompt)",
        'SafeString("<b>")',  # outside of the functions that may
        "safestring.SafeString(prompt)",
        "SafeText(prompt)",
        "mark_safe(prompt)",
        'mark_safe("<b>")',
        "trusts = mark_safe",
        "from django.utils.safestring import mark_safe",
        "from django.utils.safestring import SafeString as S",
        "map(SafeString, prompts)",
        "class Prompt(SafeString): pass",
        "class Prompt:\n    def __html__(self): return self.text",
        "prompt.__html__ = prompt.text",
        "format_html(prompt)",
        'format_html(f"<b>{prompt}</b>")',
        'format_html("<b>" + prompt)',
        'format_html("<b>{}</b>".format(prompt))',
        "fill = format_html",
        'format_html_join(prompt, "{}", [])',
        'format_html_join("", prompt, [])',
        "defaultfilters.safe(prompt)",
        "Context({}, autoescape=False)",
        "@html_safe\nclass Prompt: pass",
    ],
)
def test_each_way_to_trust_text_is_found(code: str) -> None:
    assert trusted_text(code)


@pytest.mark.parametrize(
    "code",
    [
        "from django.utils.safestring import SafeString",
        "def shown(text: str) -> SafeString: ...",
        "pieces: list[SafeString] = []",
        "SafeString()",
        'format_html("<b>{}</b>", prompt)',
        'format_html_join("", "{}", [(prompt,)])',
    ],
)
def test_what_escapes_is_let_be(code: str) -> None:
    assert trusted_text(code) == []


def test_a_function_that_makes_markup_still_trusts_only_what_is_written_out() -> None:
    ((path, name),) = MAKES_MARKUP
    assert trusted_text(f'def {name}():\n    return SafeString("<b>")', path=path) == []
    assert trusted_text(f"def {name}(text):\n    return SafeString(text)", path=path)
    assert trusted_text(f'def {name}(text):\n    return SafeString(f"<b>{{text}}")', path=path)


@pytest.mark.parametrize(
    "template",
    [
        "{{ prompt|safe }}",
        "{{ prompt | safe }}",
        "{{ prompts|safeseq|join:' ' }}",
        "{% filter safe %}{{ prompt }}{% endfilter %}",
        "{% filter upper|safe %}{% endfilter %}",
        "{% autoescape off %}{{ prompt }}{% endautoescape %}",
        "{%  autoescape  off  %}",
    ],
)
def test_each_way_of_a_template_to_trust_text_is_found(template: str) -> None:
    assert TRUSTED_IN_TEMPLATES.search(template)
