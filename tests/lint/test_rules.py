"""What the lint finds, what it leaves alone, and what it says to write instead."""

import ast

import pytest

from refusals.lint import RULES, check_source

WRITTEN = [
    ('f"REFUSED: {code}: {detail}"', "format_refusal(code, f'{detail}')"),
    ('"REFUSED: %s: %s" % (code, detail)', "format_refusal(code, f'{detail}')"),
    ('"REFUSED: {}: {}".format(code, detail)', "format_refusal(code, f'{detail}')"),
    ('"REFUSED: {code}: {d}".format(code=code, d=detail)', "format_refusal(code, detail)"),
    ('"REFUSED: %(code)s: %(d)s" % known', "format_refusal(code, detail)"),
    ('"REFUSED: " + code + ": " + detail', "format_refusal(code, f'{detail}')"),
    ('": ".join(["REFUSED", code, detail])', "format_refusal(code, f'{detail}')"),
    (
        '"REFUSED: RCE_RISK: tried to run a shell"',
        "format_refusal(ReasonCode.RCE_RISK, 'tried to run a shell')",
    ),
    ('f"REFUSED: RCE_RISK: {tool.name} ran"', "format_refusal(ReasonCode.RCE_RISK, f'{tool.name} ran')"),
    ('f"REFUSED: OUR_OWN: {tool}"', "format_refusal(\"OUR_OWN\", f'{tool}')"),
    ('f"REFUSED: {reason}"', "format_refusal(code, f'{reason}')"),
    ('f"{now} guard REFUSED: {code}: {detail}"', "format_refusal(code, f'{detail}')"),
    ('log.warning("REFUSED: %s: %s", code, detail)', "format_refusal(code, f'{detail}')"),
]
SEARCHED = [
    ('"REFUSED:" in text', "parse_refusal(text) is not None"),
    ('"REFUSED:" not in text', "parse_refusal(text) is None"),
    ('text.startswith("REFUSED")', "parse_refusal(text) is not None"),
    ('text.strip().startswith("REFUSED: ")', "parse_refusal(text) is not None"),
    ('text.find("REFUSED: RCE_RISK")', "parse_refusal(text), and compare its code with ReasonCode.RCE_RISK"),
    ('text.split("REFUSED: ")', "parse_refusal(text) is not None"),
    ('text == "REFUSED: CYBER: no"', "parse_refusal(text), and compare its code with ReasonCode.CYBER"),
    (r're.match(r"^REFUSED:\s*(\w+)", text)', "parse_refusal(text) is not None"),
    (r're.compile(rb"REFUSED\s*:")', "parse_refusal(text) is not None"),
]
WORDED = [
    '"I can\'t help" in text',
    '"i cannot" in text.lower()',
    '"I can\u2019t assist with" in text',
    'text.startswith(("I\'m sorry", "Sorry"))',
    'text.find("unable to comply") >= 0',
    'text == "I cannot help with that."',
    "any(phrase in text for phrase in [\"I'm sorry\", 'As an AI language model'])",
    're.search(r"I(\'m| am) (sorry|unable)", text)',
    're.compile(r"I (can\'t|cannot)\\s+(help|assist)", re.I)',
]
LEFT_ALONE = [
    'f"Connection refused: {error}"',
    'f"Connection REFUSED: {error}"',
    'status == "REFUSED"',
    '"REFUSED" in output',
    '"What a guard emits: `REFUSED: CODE: detail`."',
    '"I cannot find the file" in output',
    '"rate limit" in str(error)',
    '"Sorry" in page',
    '"policy" in name',
    '("ok", "cannot comply") == (a, b)',
    'parse_refusal("REFUSED: CYBER: an example")',
    'message.stop_reason == "end_turn"',
    'kind == "refusal"',
    're.compile("[a-z]+  # here we cannot be strict\\n[0-9]", re.VERBOSE)',
    'x = "I can\'t help with that."',
]


def found(source: str) -> list[tuple[str, str]]:
    checked = check_source(source.encode(), rules=set(RULES))
    assert not checked.unparsed
    return [(finding.rule, finding.instead) for finding in checked.findings]


def rules(source: str) -> list[str]:
    return [rule for rule, _ in found(source)]


@pytest.mark.parametrize(("source", "instead"), WRITTEN)
def test_a_refusal_written_by_hand_is_found_with_the_call_that_says_the_same(
    source: str, instead: str
) -> None:
    assert found(f"x = {source}") == [("RH001", instead)]
    ast.parse(instead)


@pytest.mark.parametrize(("source", "instead"), SEARCHED)
def test_a_refusal_searched_by_hand_is_found_with_the_call_that_reads_it(source: str, instead: str) -> None:
    assert found(source) == [("RH002", instead)]


@pytest.mark.parametrize("source", WORDED)
def test_the_words_of_a_refusal_searched_in_an_answer_are_found(source: str) -> None:
    assert rules(source) == ["RH003"]


@pytest.mark.parametrize("source", LEFT_ALONE)
def test_what_only_looks_alike_is_left_alone(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    "source",
    [
        'message.stop_reason == "refusal"',
        'choice["finish_reason"] in ("content_filter", "length")',
        'body.get("stopReason").lower() == "guardrail_intervened"',
        'getattr(message, "stop_reason", None) != "refusal"',
        'match message.stop_reason:\n    case "refusal" | "safety":\n        pass',
    ],
)
def test_a_stop_reason_compared_by_hand_is_found_where_it_is_asked_for(source: str) -> None:
    assert set(rules(source)) == {"RH004"}
    assert check_source(source.encode()).findings == ()


def test_a_docstring_that_shows_a_refusal_is_no_finding() -> None:
    assert (
        found('def guard():\n    """Answer\n    REFUSED: CODE: detail."""\n    "REFUSED: RCE_RISK: x"\n')
        == []
    )


@pytest.mark.parametrize(
    "source",
    [
        'MARK = "REFUSED:"\ndef f(text):\n    return text.startswith(MARK)',
        'class Guard:\n    mark = "REFUSED:"\n    def f(self, text):\n        return self.mark in text',
        'def f(text):\n    for mark in ("BLOCKED", "REFUSED:"):\n        if mark in text: return True',
        'MARKS = frozenset({"REFUSED:"})\nf = lambda text: any(m in text for m in MARKS)',
    ],
)
def test_a_text_is_followed_through_names(source: str) -> None:
    assert rules(source) == ["RH002"]


def test_a_parameter_is_not_taken_for_a_constant_of_the_same_name() -> None:
    assert rules('mark = "REFUSED:"\ndef f(text, mark):\n    return mark in text') == []


def test_a_prefix_kept_in_a_constant_is_found_where_a_refusal_is_built_of_it() -> None:
    source = 'MARK = "REFUSED: "\ndef f(code, why):\n    return f"{MARK}{code}: {why}"'
    assert found(source) == [("RH001", "format_refusal(code, f'{why}')")]


def test_one_place_is_one_finding() -> None:
    assert rules('text.startswith(f"REFUSED: {code}: ")') == ["RH002"]
    assert rules('raise ValueError("REFUSED: " + code + ": " + (why or "none"))') == ["RH001"]


def test_names_bound_to_one_another_in_a_circle_come_to_an_end() -> None:
    circle = "\n".join(f"a{n} = a{(n + 1) % 50} + a{(n + 7) % 50} + 'x'" for n in range(50))
    assert found(f"{circle}\na0 in text") == []
