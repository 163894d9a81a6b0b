"""What to write instead: the call into the vocabulary, with the expressions of the place itself."""

import ast

from refusals.codes import CODES, ReasonCode
from refusals.lint.phrases import built_refusal
from refusals.lint.texts import GAP, Part, Text

_LONGEST = 60


def written_instead(text: Text) -> str:
    """The call of `format_refusal` that says the same; a code that nobody can tell stays `code`."""
    match = built_refusal(text.shape)
    if match is None:
        return "format_refusal(code, detail)"
    has_code = match["late"] is not None or match["rest"] is not None
    if not has_code:
        return f"format_refusal(code, {_source(_split(text, match.start('code'))[1], 'detail')})"
    group = "code" if match["late"] is None else "late"
    code, _ = _split(Text(_split(text, match.start(group))[1]), len(match[group]))
    _, detail = _split(text, match.end())
    return f"format_refusal({code_source(code)}, {_source(detail, 'detail')})"


def read_instead(text: str, subject: ast.expr | None, *, negated: bool = False) -> str:
    """The call of `parse_refusal` that finds the same; `text` is what was looked for."""
    found = f"parse_refusal({named(subject)})"
    if built_refusal(text) and GAP not in text:
        code = text.partition(":")[2].partition(":")[0].strip()
        if code in CODES:
            return f"{found}, and compare its code with {code_source((code,))}"
    return f"{found} is {'' if negated else 'not '}None"


def named(subject: ast.expr | None) -> str:
    """The expression that was inspected, where it is short enough to repeat."""
    while isinstance(subject, ast.Call) and _changes_case(subject.func):
        subject = subject.func.value  # type: ignore[attr-defined]  # `_changes_case` saw an attribute
    source = ast.unparse(subject) if subject is not None else ""
    return source if 0 < len(source) <= _LONGEST and "\n" not in source else "text"


def code_source(parts: tuple[Part, ...]) -> str:
    """The code as an argument: a member of `ReasonCode`, a name that is still to register, or an expression."""
    if len(parts) != 1:
        return "code"
    code = parts[0]
    if isinstance(code, str):
        return f"ReasonCode.{code}" if code in ReasonCode.__members__ else f'"{code}"'
    return named(code) if code is not None else "code"


def _changes_case(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr in ("lower", "casefold", "upper", "strip")


def _split(text: Text, place: int) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts before and after a place in `text.shape`."""
    before: list[Part] = []
    after: list[Part] = []
    for part in text.parts:
        length = len(part) if isinstance(part, str) else 1
        if place >= length:
            before.append(part)
        elif isinstance(part, str):
            before += [part[:place]] if place > 0 else []
            after.append(part[max(place, 0) :])
        else:
            after.append(part)
        place -= length
    return tuple(before), tuple(after)


def _source(parts: tuple[Part, ...], fallback: str) -> str:
    """The parts as one expression: a constant, or an f-string."""
    if any(part is None for part in parts):
        return fallback
    if all(isinstance(part, str) for part in parts):
        return repr("".join(part for part in parts if isinstance(part, str)).strip())
    pieces: list[ast.expr] = [
        ast.Constant(part) if isinstance(part, str) else ast.FormattedValue(part, -1)
        for part in parts
        if part is not None
    ]
    try:
        return ast.unparse(ast.JoinedStr(pieces)).replace("\n", " ")
    except ValueError:  # an older Python has no f-string for such quotes
        return fallback
