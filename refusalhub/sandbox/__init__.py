"""The sandbox model server: a small local server that speaks the Messages API and plays any ending.

    python -m refusalhub.sandbox --port 8021 [--log FILE]

It lets the demo and the tests drive the real `anthropic` SDK without a key. It listens on 127.0.0.1
alone, takes any `x-api-key`, echoes the model name, and starts every answer with `[simulated answer]`.
The same request gets the same ending every time, unless it asks for `times=N`.

Addresses
    POST /v1/messages     a message, as JSON or (with `"stream": true`) as server-sent events
    POST /v1/messages/batches    a batch, whose requests have all ended at once
    GET  /v1/messages/batches/ID, and .../ID/results: a line for each; `[[batch: expired]]` and
                          `[[batch: canceled]]` in a request's text play what only a batch can come to
    GET  /health          `{"status": "ok", "simulated": true}`
    GET  /requests        what has arrived since the last reset, oldest first: a list of `Arrival`
    GET  /requests/N      the body of request N, byte for byte as it came
    POST /reset           forget what has arrived

Which ending is played: the first of these that says something.

1. The header `x-sandbox-ending: ENDING`.
2. The last marker `[[sandbox: ENDING]]` in the texts of the request (system first, then the messages
   in their order). The last one counts, so what is added at the end can change the ending.
3. A scenario that the server was started with, recognised by its opening sentence in a request text;
   the command starts it with the demo's prompts. A `declined` scenario is declined as long as it comes
   bare, and answered once the request carries a line that starts with `Context added by a reviewer`
   (`endings.CONTEXT_LABEL`). One that `stays_declined` is declined even then.
4. Anything else is answered.

An ENDING is a name, for some an argument, then flags and options, as in `refusal cyber partial seconds=2`.

    end_turn                       an answer
    refusal [CATEGORY]             declined, with empty content; without CATEGORY the category is null
      partial                        flag: some text came before the decline
      no_details                     flag: `stop_details` is null altogether
    until_context [CATEGORY]       like `refusal` until the request carries the context line, then answered
    max_tokens                     the answer is cut off
    model_context_window_exceeded  the same, for want of room in the context
    pause_turn                     the turn is paused
    tool_use                       a call of the request's first tool
    empty                          `end_turn` without any content
    unknown_stop                   a stop reason that no client has heard of
    fallback [CATEGORY]            declined by the asked model, answered by a fallback model
    fallback_sticky                answered by a fallback model at once: iterations, but no block
    fallback_refused [CATEGORY]    declined by both
    400 401 402 403 404 408 413 429 500 503 504 529 [ERROR_CODE]
                                   an HTTP error; ERROR_CODE goes into `error.details.error_code`
      retry_after=N                  option: the `retry-after` header; a 429 sends 1 unless told otherwise
    drop                           the connection is closed without a word
    broken                         the connection is lost half way through the body or stream
    stream_stop                    streams only: ends early and cleanly, without a stop reason
    stream_error [ERROR_TYPE]      streams only: `event: error` half way, by default `overloaded_error`

    seconds=N                      option of any ending: wait so long first
    times=N                        option of any ending: the first N requests with this very body end so,
                                   later ones are answered

A marker that makes no sense is answered with HTTP 400 and a sentence that says why, and so is a request with a field
that the Messages API does not know.
"""
