"""One invented answer for every row of the mapping tables."""

from typing import Any

import pytest

from refusals.signals import read

TEXT = "Fourteen tickets were closed today."


def message(stop: Any = "end_turn", *, content: Any = None, details: Any = None, **more: Any) -> Any:
    blocks = [{"type": "text", "text": TEXT}] if content is None else content
    return {
        "type": "message",
        "model": "m",
        "content": blocks,
        "stop_reason": stop,
        "stop_details": details,
    } | more


def chat(finish: Any = "stop", *, message: Any = None, **more: Any) -> Any:
    said = {"role": "assistant", "content": TEXT} if message is None else message
    return {
        "object": "chat.completion",
        "model": "m",
        "choices": [{"finish_reason": finish, "message": said, **more}],
    }


def response(status: Any = "completed", *, output: Any = None, **more: Any) -> Any:
    said = (
        [{"type": "message", "content": [{"type": "output_text", "text": TEXT}]}]
        if output is None
        else output
    )
    return {"object": "response", "model": "m", "status": status, "output": said, **more}


def candidate(finish: Any = "STOP", *, parts: Any = None, **more: Any) -> Any:
    said = [{"text": TEXT}] if parts is None else parts
    return {"candidates": [{"finishReason": finish, "content": {"parts": said}, **more}], "modelVersion": "m"}


def converse(stop: Any = "end_turn", *, content: Any = None, assessment: Any = None, **more: Any) -> Any:
    body = {"stopReason": stop, "output": {"message": {"content": content or [{"text": TEXT}]}}, **more}
    if assessment is not None:
        body["trace"] = {"guardrail": {"outputAssessments": {"g1": [assessment]}}}
    return body


def acted(policy: Any, entries: Any, *, name: str = "type", kind: Any = "X", action: Any = "BLOCKED") -> Any:
    return {policy: {entries: [{name: kind, "action": action, "detected": True}]}}


def refusal(category: Any) -> Any:
    return {"type": "refusal", "category": category, "explanation": "Because."}


def hop(category: Any = "bio", source: Any = "a", target: Any = "b") -> Any:
    trigger = {"type": "refusal", "category": category}
    return {"type": "fallback", "from": {"model": source}, "to": {"model": target}, "trigger": trigger}


def azure(category: Any, **result: Any) -> Any:
    return {category: {"filtered": True, **result}}


SPOKEN = {"type": "text", "text": TEXT}
FILTER_DOWN = {"error": {"code": "content_filter_error"}}
ITERATIONS = {"iterations": [{"type": "message", "model": "a"}, {"type": "fallback_message", "model": "b"}]}
STICKY = {"iterations": [{"type": "fallback_message", "model": "b"}]}
CHECK = {"type": "computer_call", "pending_safety_checks": [{"id": "1", "code": "x", "message": "Sure?"}]}

ANTHROPIC = [
    (message(), "ok", None),
    (message("stop_sequence"), "ok", None),
    (message("refusal", details=refusal("cyber")), "declined", "CYBER"),
    (message("refusal", details=refusal("bio")), "declined", "BIO"),
    (message("refusal", details=refusal("frontier_llm")), "declined", "FRONTIER_LLM"),
    (message("refusal", details=refusal("reasoning_extraction")), "declined", "REASONING_EXTRACTION"),
    (message("refusal", details=refusal("general_harms")), "declined", "GENERAL_HARMS"),
    (message("refusal", details=refusal("brand_new")), "declined", "POLICY_VIOLATION"),
    (message("refusal", details=None), "declined", "POLICY_VIOLATION"),
    (message(content=[hop(), SPOKEN]), "ok", "FALLBACK_SERVED"),
    (message(usage=ITERATIONS), "ok", "FALLBACK_SERVED"),
    (message(usage=STICKY), "ok", "FALLBACK_SERVED"),
    (message("refusal", content=[hop()], details=refusal("cyber")), "declined", "CYBER"),
    (message("max_tokens", content=[hop(), SPOKEN]), "degraded", "TRUNCATED"),
    (message("max_tokens"), "degraded", "TRUNCATED"),
    (message("model_context_window_exceeded"), "degraded", "CONTEXT_EXCEEDED"),
    (message(content=[]), "degraded", "EMPTY_OUTPUT"),
    (
        message(content=[{"type": "text", "text": " "}, {"type": "thinking", "thinking": "x"}]),
        "degraded",
        "EMPTY_OUTPUT",
    ),
    (message("tool_use"), "degraded", "INCOMPLETE"),
    (message("pause_turn"), "degraded", "INCOMPLETE"),
    (message("compaction"), "degraded", "INCOMPLETE"),
    (message("brand_new"), "degraded", "UNKNOWN_SIGNAL"),
    (message(["end_turn"]), "degraded", "UNKNOWN_SIGNAL"),
    (message(None), "infra_error", "NETWORK"),
    (
        {"type": "session.status_idle", "stop_reason": {"type": "refusal"}, "stop_details": refusal("bio")},
        "declined",
        "BIO",
    ),
    ({"type": "session.status_idle", "stop_reason": {"type": "end_turn"}}, "ok", None),
    ({"type": "session.status_idle", "stop_reason": {"type": "requires_action"}}, "degraded", "INCOMPLETE"),
    ({"type": "session.status_idle", "stop_reason": {"type": "brand_new"}}, "degraded", "UNKNOWN_SIGNAL"),
]
OPENAI = [
    (chat(), "ok", None),
    (chat(message={"content": None, "refusal": "No."}), "declined", "MODEL_REFUSAL"),
    (chat("content_filter"), "declined", "POLICY_VIOLATION"),
    (chat("length"), "degraded", "TRUNCATED"),
    (chat("tool_calls"), "degraded", "INCOMPLETE"),
    (chat("function_call"), "degraded", "INCOMPLETE"),
    (chat(message={"content": None}), "degraded", "EMPTY_OUTPUT"),
    (chat(message={"content": None, "tool_calls": [{}]}), "ok", None),
    (chat("brand_new"), "degraded", "UNKNOWN_SIGNAL"),
    (chat(None), "degraded", "UNKNOWN_SIGNAL"),
    ({"object": "chat.completion", "choices": []}, "degraded", "EMPTY_OUTPUT"),
    ({"object": "chat.completion"}, "degraded", "UNKNOWN_SIGNAL"),
    ({"choices": chat()["choices"] + chat("content_filter")["choices"]}, "degraded", "POLICY_VIOLATION"),
    (response(), "ok", None),
    (
        response(output=[{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]),
        "declined",
        "MODEL_REFUSAL",
    ),
    (response("incomplete", incomplete_details={"reason": "content_filter"}), "declined", "POLICY_VIOLATION"),
    (response("incomplete", incomplete_details={"reason": "max_output_tokens"}), "degraded", "TRUNCATED"),
    (response("incomplete", incomplete_details={"reason": "max_messages"}), "degraded", "TRUNCATED"),
    (response("incomplete", incomplete_details={"reason": "steered"}), "degraded", "INCOMPLETE"),
    (response("incomplete", incomplete_details={"reason": "brand_new"}), "degraded", "UNKNOWN_SIGNAL"),
    (response("failed", error={"code": "bio_policy"}), "declined", "BIO"),
    (response("failed", error={"code": "cyber_policy"}), "declined", "CYBER"),
    (response("failed", error={"code": "misalignment_policy_violation"}), "declined", "MISALIGNED_ACTION"),
    (
        response(
            "failed",
            error={
                "code": "misalignment_policy_violation",
                "misalignment": {"error_type": "potentially_unintended_data_access"},
            },
        ),
        "declined",
        "DATA_EXFIL",
    ),
    (response("failed", error={"code": "image_content_policy_violation"}), "declined", "POLICY_VIOLATION"),
    (response("failed", error={"code": "server_error"}), "infra_error", "PROVIDER_ERROR"),
    (response("failed", error={"code": "rate_limit_exceeded"}), "infra_error", "RATE_LIMIT"),
    (response("failed", error={"code": "vector_store_timeout"}), "infra_error", "TIMEOUT"),
    (response("failed", error={"code": "data_residency_mismatch"}), "infra_error", "CONFIG"),
    (response("failed", error={"code": "brand_new"}), "degraded", "UNKNOWN_SIGNAL"),
    (response("cancelled"), "infra_error", "CANCELED"),
    (response("queued"), "degraded", "INCOMPLETE"),
    (response("in_progress"), "degraded", "INCOMPLETE"),
    (response("brand_new"), "degraded", "UNKNOWN_SIGNAL"),
    (response(output=[CHECK]), "degraded", "UNVERIFIED_TOOL"),
    (response(output=[{"type": "function_call"}]), "degraded", "INCOMPLETE"),
    (response(output=[]), "degraded", "EMPTY_OUTPUT"),
]
AZURE = [
    (chat(content_filter_results={"hate": {"filtered": False, "severity": "high"}}), "ok", None),
    (chat("content_filter", content_filter_results=azure("hate")), "declined", "HATE"),
    (chat("content_filter", content_filter_results=azure("self_harm")), "declined", "SELF_HARM"),
    (chat("content_filter", content_filter_results=azure("sexual")), "declined", "SEXUAL"),
    (chat("content_filter", content_filter_results=azure("violence")), "declined", "VIOLENCE"),
    (
        chat("content_filter", content_filter_results=azure("jailbreak", detected=True)),
        "declined",
        "JAILBREAK",
    ),
    (
        chat("content_filter", content_filter_results=azure("indirect_attack")),
        "declined",
        "CONTEXT_INJECTION",
    ),
    (
        chat("content_filter", content_filter_results=azure("protected_material_text")),
        "declined",
        "COPYRIGHT",
    ),
    (
        chat("content_filter", content_filter_results=azure("protected_material_code")),
        "declined",
        "COPYRIGHT",
    ),
    (chat("content_filter", content_filter_results=azure("my_blocklist")), "declined", "BLOCKLIST"),
    (chat("content_filter", content_filter_results={"hate": {"filtered": "True"}}), "declined", "HATE"),
    (
        chat("content_filter", content_filter_results={"hate": {"filtered": "False"}}),
        "declined",
        "POLICY_VIOLATION",
    ),
    (chat(content_filter_results=FILTER_DOWN), "degraded", "UNFILTERED"),
    (
        {**chat(), "prompt_filter_results": [{"content_filter_results": FILTER_DOWN}]},
        "degraded",
        "UNFILTERED",
    ),
    (
        response(content_filters=[{"blocked": True, "content_filter_results": azure("jailbreak")}]),
        "declined",
        "JAILBREAK",
    ),
    (response(content_filters=[{"blocked": True}]), "declined", "POLICY_VIOLATION"),
    (response(content_filters=[{"blocked": False}]), "ok", None),
]
GEMINI = [
    (candidate(), "ok", None),
    ({"candidates": [{"finish_reason": "STOP", "content": {"parts": [{"text": TEXT}]}}]}, "ok", None),
    *[
        ({"promptFeedback": {"blockReason": reason}}, "declined", code)
        for reason, code in {
            "SAFETY": "POLICY_VIOLATION",
            "OTHER": "POLICY_VIOLATION",
            "PROHIBITED_CONTENT": "POLICY_VIOLATION",
            "BLOCKED_REASON_UNSPECIFIED": "POLICY_VIOLATION",
            "IMAGE_SAFETY": "POLICY_VIOLATION",
            "BRAND_NEW": "POLICY_VIOLATION",
            "BLOCKLIST": "BLOCKLIST",
            "JAILBREAK": "JAILBREAK",
            "MODEL_ARMOR": "GUARDRAIL",
        }.items()
    ],
    *[
        (candidate(reason, parts=[]), "declined", code)
        for reason, code in {
            "SAFETY": "POLICY_VIOLATION",
            "PROHIBITED_CONTENT": "POLICY_VIOLATION",
            "BLOCKLIST": "BLOCKLIST",
            "SPII": "PII",
            "RECITATION": "COPYRIGHT",
            "IMAGE_SAFETY": "POLICY_VIOLATION",
            "IMAGE_PROHIBITED_CONTENT": "POLICY_VIOLATION",
            "IMAGE_RECITATION": "COPYRIGHT",
            "ESCALATION": "POLICY_VIOLATION",
            "MODEL_ARMOR": "GUARDRAIL",
            "PUP_LIMITED_DISABLED": "ACCOUNT_HOLD",
        }.items()
    ],
    *[
        (
            candidate("SAFETY", safetyRatings=[{"category": f"HARM_CATEGORY_{category}", "blocked": True}]),
            "declined",
            code,
        )
        for category, code in {
            "HARASSMENT": "HATE",
            "HATE_SPEECH": "HATE",
            "SEXUALLY_EXPLICIT": "SEXUAL",
            "DANGEROUS_CONTENT": "DANGEROUS",
            "CIVIC_INTEGRITY": "POLICY_VIOLATION",
        }.items()
    ],
    *[
        (candidate(reason), "degraded", code)
        for reason, code in {
            "MAX_TOKENS": "TRUNCATED",
            "MALFORMED_FUNCTION_CALL": "MALFORMED_OUTPUT",
            "MALFORMED_RESPONSE": "MALFORMED_OUTPUT",
            "UNEXPECTED_TOOL_CALL": "MALFORMED_OUTPUT",
            "MISSING_THOUGHT_SIGNATURE": "MALFORMED_OUTPUT",
            "TOO_MANY_TOOL_CALLS": "LOOP_DETECTED",
            "NO_IMAGE": "EMPTY_OUTPUT",
            "OTHER": "UNKNOWN_SIGNAL",
            "IMAGE_OTHER": "UNKNOWN_SIGNAL",
            "LANGUAGE": "UNKNOWN_SIGNAL",
            "FINISH_REASON_UNSPECIFIED": "UNKNOWN_SIGNAL",
            "BRAND_NEW": "UNKNOWN_SIGNAL",
            "CONTINUATION": "INCOMPLETE",
            None: "INCOMPLETE",
        }.items()
    ],
    (candidate(parts=[{"functionCall": {"name": "f"}}]), "degraded", "INCOMPLETE"),
    (candidate(parts=[{"text": "hm", "thought": True}]), "degraded", "EMPTY_OUTPUT"),
    ({"modelVersion": "m", "usageMetadata": {}}, "degraded", "EMPTY_OUTPUT"),
    ({"status": "completed", "steps": [{"type": "model_output", "content": [{"text": TEXT}]}]}, "ok", None),
    ({"status": "incomplete", "steps": []}, "degraded", "TRUNCATED"),
    ({"status": "requires_action", "steps": []}, "degraded", "INCOMPLETE"),
    (
        {"status": "failed", "steps": [{"type": "model_output", "error": {"code": 503}}]},
        "infra_error",
        "OVERLOADED",
    ),
]
BEDROCK = [
    (converse(), "ok", None),
    (converse("stop_sequence"), "ok", None),
    (converse("tool_use"), "degraded", "INCOMPLETE"),
    (converse("max_tokens"), "degraded", "TRUNCATED"),
    (converse("model_context_window_exceeded"), "degraded", "CONTEXT_EXCEEDED"),
    (converse("malformed_model_output"), "degraded", "MALFORMED_OUTPUT"),
    (converse("malformed_tool_use"), "degraded", "MALFORMED_OUTPUT"),
    (converse("content_filtered"), "declined", "POLICY_VIOLATION"),
    (converse("brand_new"), "degraded", "UNKNOWN_SIGNAL"),
    (converse(content=[{"text": " "}]), "degraded", "EMPTY_OUTPUT"),
    (converse("guardrail_intervened"), "declined", "GUARDRAIL"),
    *[
        (
            converse("guardrail_intervened", assessment=acted("contentPolicy", "filters", kind=kind)),
            "declined",
            code,
        )
        for kind, code in {
            "PROMPT_ATTACK": "JAILBREAK",
            "HATE": "HATE",
            "INSULTS": "HATE",
            "SEXUAL": "SEXUAL",
            "VIOLENCE": "VIOLENCE",
            "MISCONDUCT": "GENERAL_HARMS",
            "BRAND_NEW": "GUARDRAIL",
        }.items()
    ],
    *[
        (converse("guardrail_intervened", assessment=acted(policy, entries)), "declined", code)
        for policy, entries, code in [
            ("topicPolicy", "topics", "DENIED_TOPIC"),
            ("wordPolicy", "customWords", "BLOCKLIST"),
            ("wordPolicy", "managedWordLists", "BLOCKLIST"),
            ("sensitiveInformationPolicy", "piiEntities", "PII"),
            ("sensitiveInformationPolicy", "regexes", "PII"),
            ("contextualGroundingPolicy", "filters", "INTEGRITY_FAILURE"),
        ]
    ],
    (
        converse("guardrail_intervened", assessment={"automatedReasoningPolicy": {"findings": [{}]}}),
        "declined",
        "INTEGRITY_FAILURE",
    ),
    (converse(assessment=acted("topicPolicy", "topics", action="NONE")), "ok", None),
    (converse(assessment=acted("topicPolicy", "topics")), "declined", "DENIED_TOPIC"),
    (
        converse(assessment=acted("sensitiveInformationPolicy", "piiEntities", action="ANONYMIZED")),
        "degraded",
        "MASKED_OUTPUT",
    ),
    (
        converse(
            "guardrail_intervened",
            assessment=acted("sensitiveInformationPolicy", "regexes", action="ANONYMIZED"),
        ),
        "degraded",
        "MASKED_OUTPUT",
    ),
    (
        converse(additionalModelResponseFields={"stop_reason": "refusal", "stop_details": refusal("bio")}),
        "declined",
        "BIO",
    ),
    (message(**{"amazon-bedrock-guardrailAction": "INTERVENED"}), "declined", "GUARDRAIL"),
    (message(**{"amazon-bedrock-guardrailAction": "NONE"}), "ok", None),
    (
        message("refusal", details=refusal("cyber"), **{"amazon-bedrock-guardrailAction": "NONE"}),
        "declined",
        "CYBER",
    ),
    (
        {"action": "GUARDRAIL_INTERVENED", "assessments": [acted("topicPolicy", "topics")]},
        "declined",
        "DENIED_TOPIC",
    ),
    ({"action": "NONE", "assessments": []}, "ok", None),
    ({"action": "BRAND_NEW", "assessments": []}, "degraded", "UNKNOWN_SIGNAL"),
]
LITELLM = [
    (
        chat(
            "content_filter",
            message={
                "content": "",
                "provider_specific_fields": {"stop_reason": "refusal", "stop_details": refusal("bio")},
            },
        ),
        "declined",
        "BIO",
    ),
    (
        chat("stop", message={"content": "{}", "provider_specific_fields": {"stop_reason": "refusal"}}),
        "declined",
        "POLICY_VIOLATION",
    ),
    (
        chat("length", message={"content": "x", "provider_specific_fields": {"stop_reason": "pause_turn"}}),
        "degraded",
        "INCOMPLETE",
    ),
    ({**chat(), "guardrail_status": "guardrail_intervened"}, "declined", "GUARDRAIL"),
    (
        {**chat(), "guardrail_information": [{"guardrail_status": "guardrail_failed_to_respond"}]},
        "infra_error",
        "GUARDRAIL_UNAVAILABLE",
    ),
    ({**chat(), "guardrail_status": "success"}, "ok", None),
]


@pytest.mark.parametrize(("body", "outcome", "code"), ANTHROPIC + OPENAI + AZURE + GEMINI + BEDROCK + LITELLM)
def test_an_answer_is_read_by_its_providers_own_fields(body: Any, outcome: Any, code: Any) -> None:
    signal = read(body, http_status=200)
    assert (str(signal.outcome), signal.code and str(signal.code)) == (outcome, code)
    assert signal.terminal == (code not in ("INCOMPLETE", "UNVERIFIED_TOOL"))
    assert signal.raw.found_at or outcome in ("degraded", "infra_error")


@pytest.mark.parametrize(
    "body", ["", None, "<html>", 7, True, [], {}, {"hello": "world"}, [1, 2], b"\xff\xfe"]
)
def test_what_nobody_knows_is_never_ok(body: Any) -> None:
    assert str(read(body, http_status=200).outcome) == "degraded"


def test_no_answer_at_all_is_a_failure_of_the_network() -> None:
    signal = read(None)
    assert (str(signal.outcome), str(signal.code), signal.retryable) == ("infra_error", "NETWORK", True)


def test_a_refusal_after_a_fallback_lists_every_hop_and_the_final_one_last() -> None:
    signal = read(
        message("refusal", content=[hop("bio"), hop(None, "b", "c")], details=refusal("cyber"), model="c")
    )
    chain = [(entry.from_model, entry.to_model, str(entry.code)) for entry in signal.declines]
    assert chain == [("a", "b", "BIO"), ("b", "c", "POLICY_VIOLATION"), ("c", None, "CYBER")]
    assert len(signal.hidden_declines) == 2


def test_a_sticky_turn_served_by_the_fallback_hides_no_decline() -> None:
    assert read(message(usage=STICKY)).declines == ()


def test_an_attempt_counted_without_a_block_is_a_hidden_decline() -> None:
    (hidden,) = read(message(usage=ITERATIONS)).hidden_declines
    assert (hidden.from_model, hidden.to_model, hidden.category) == ("a", "b", None)


def test_one_declined_choice_of_two_is_kept_as_a_decline() -> None:
    signal = read({"model": "m", "choices": chat()["choices"] + chat("content_filter")["choices"]})
    assert len(signal.hidden_declines) == 1


def test_where_several_policies_block_the_first_gives_the_code_and_all_are_named() -> None:
    assessment = acted("topicPolicy", "topics", name="name", kind="Advice") | acted(
        "contentPolicy", "filters", kind="HATE"
    )
    signal = read(converse("guardrail_intervened", assessment=assessment))
    assert (str(signal.code), signal.detail, signal.raw.category) == ("HATE", "HATE, Advice", "HATE")


def test_the_facts_beside_the_ending_are_kept() -> None:
    signal = read(
        message(usage={"input_tokens": 7}, model="claude"), headers={"Request-Id": "req_1"}, http_status=200
    )
    assert (signal.text, signal.usage, signal.model) == (TEXT, {"input_tokens": 7}, "claude")
    assert (signal.raw.provider, signal.raw.stop_reason, signal.raw.request_id) == (
        "anthropic",
        "end_turn",
        "req_1",
    )
    assert signal.raw.found_at == "/stop_reason"


def test_the_callers_word_for_the_provider_is_recorded() -> None:
    assert read(chat(), provider="Azure").raw.provider == "azure.ai.openai"
    assert read(chat(), provider="groq").raw.provider == "groq"
    assert read(chat(content_filter_results={})).raw.provider == "azure.ai.openai"
