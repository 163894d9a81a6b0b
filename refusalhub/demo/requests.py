"""What a pipeline of the demo sends: pipeline and prompt → request body in the shape of its provider."""

from typing import Any

from refusalhub.demo.pipelines import DemoPipeline


def request_body(*, pipeline: DemoPipeline, model: str, prompt: str) -> dict[str, Any]:
    match pipeline.provider:
        case "anthropic":
            return {
                "model": model,
                "system": pipeline.system,
                "max_tokens": pipeline.max_tokens,
                "messages": [{"role": "user", "content": prompt}],
            }
        case "gcp.gemini":
            return {
                "model": model,
                "systemInstruction": {"parts": [{"text": pipeline.system}]},
                "contents": [{"role": "user", "parts": [{"text": prompt}]}],
                "generationConfig": {"maxOutputTokens": pipeline.max_tokens},
            }
        case _:
            return {
                "model": model,
                "max_completion_tokens": pipeline.max_tokens,
                "messages": [
                    {"role": "system", "content": pipeline.system},
                    {"role": "user", "content": prompt},
                ],
            }
