"""The RCE backstop: shell, eval, path escape and download-and-run in the arguments of a tool call."""

import posixpath
import re
from dataclasses import dataclass
from urllib.parse import unquote

from refusals.codes import ReasonCode
from refusals.guards.arguments import Text, as_value, short, within
from refusals.guards.rules import Rule, first_broken
from refusals.parsing import format_refusal

_SHELL = r"(?:sudo\s{1,9})?(?:/\S{0,99}/)?(?:ba|z|da|k|fi)?sh\b"
_INTERPRETER = (
    rf"(?:{_SHELL}|(?:sudo\s{{1,9}})?(?:python[\d.]{{0,5}}|perl|ruby|node|php|iex|invoke-expression)\b)"
)
_FETCH = r"\b(?:curl|wget|fetch|iwr|irm|invoke-webrequest|invoke-restmethod)\b"
_COMMAND = (
    r"(?:sudo|rm|curl|wget|nc|ncat|bash|sh|zsh|python\d?|perl|ruby|chmod|chown|dd|mkfs|kill|cat|cp|mv|tee"
    r"|ssh|scp|crontab|whoami|id|uname|env|printenv|ls|touch|powershell|cmd)"
)


def _rce(name: str, pattern: str) -> Rule:
    return Rule(name=name, pattern=pattern, code=ReasonCode.RCE_RISK)


# Wrong in every tool, one that is made to run commands included.
RUN_WHAT_CAME = (
    _rce("download-and-run", rf"{_FETCH}[^\n]{{0,500}}\|\s{{0,9}}{_INTERPRETER}"),
    _rce("download-and-run", rf"(?:{_SHELL}|\bsource|(?:^|\s)\.)\s{{1,9}}<\(\s{{0,9}}{_FETCH}"),
    _rce("download-and-run", rf"(?:{_SHELL}\s{{1,9}}-c|\beval)\s{{1,9}}[\"']?(?:\$\(|`)\s{{0,9}}{_FETCH}"),
    _rce(
        "download-and-run",
        rf"{_FETCH}[^\n]{{0,500}}(?:&&|;)\s{{0,9}}(?:{_INTERPRETER}|chmod\s{{1,9}}\S{{0,9}}x|\./)",
    ),
    _rce("download-and-run", rf"\b(?:iex|invoke-expression)\b[^\n]{{0,99}}(?:{_FETCH}|downloadstring)"),
    _rce("download-and-run", r"\b(?:exec|eval)\([^\n]{0,99}(?:urlopen|requests\.get|httpx\.get)\("),
    _rce("download-and-run", r"\bpip3?\s{1,9}install\s{1,9}(?:-\S{1,30}\s{1,9}){0,5}(?:git\+)?https?://"),
    _rce("decode-and-run", rf"\b(?:base64|openssl|xxd)\b[^\n]{{0,200}}\|\s{{0,9}}{_INTERPRETER}"),
    _rce("decode-and-run", r"\bpowershell(?:\.exe)?\b[^\n]{0,99}\s-e(?:nc|ncodedcommand|c)?\s"),
    _rce(
        "reverse-shell",
        r"/dev/(?:tcp|udp)/|\b(?:nc|ncat)\b[^\n|;&]{0,99}\s-\w{0,9}e\b|\bbash\s{1,9}-i\b[^\n]{0,9}>&",
    ),
    _rce("hidden-blank", r"\$\{?IFS\b"),
)
# Wrong in an argument of any other tool.
SHELL_AND_EVAL = (
    _rce("shell-chain", rf"(?:;|&&|\|\|?|\n)\s{{0,9}}{_COMMAND}\s{{1,9}}(?:-\w|[./~$]|https?:)"),
    _rce("shell-chain", rf"(?:;|&&|\|\|?)\s{{0,9}}{_COMMAND}\s{{0,9}}(?:$|[;&|#])"),
    _rce(
        "shell-substitution",
        rf"\$\(\s{{0,9}}{_COMMAND}\b|`{_COMMAND}(?:`|\s{{1,9}}(?:-\w|[./~$]|https?:)[^`\n]{{0,200}}`)",
    ),
    _rce(
        "shell-interpreter",
        r"(?<![\w.-])(?:ba|z|da|k)?sh(?:\.exe)?\s{1,9}-\w{0,3}c\b|\bcmd(?:\.exe)?\s{1,9}/[ck]\b",
    ),
    _rce(
        "shell-interpreter",
        r"(?<![\w.-])(?:python[\d.]{0,5}\s{1,9}-c|(?:perl|ruby|node)\s{1,9}-e|php\s{1,9}-r)\b",
    ),
    _rce("eval", r"(?<![\w.])(?:eval|exec|execfile|__import__)\("),
    _rce(
        "eval",
        r"\bos\.(?:system|popen|exec[lv]p?e?)\(|\bsubprocess\.(?:run|call|popen|check_\w{1,9}|getoutput)\(",
    ),
    _rce(
        "eval", r"\b(?:pickle|marshal)\.loads?\(|\bchild_process\b|\bruntime\.getruntime\(\)|\bnew function\("
    ),
    _rce("template", r"__(?:subclasses|globals|builtins|mro)__|\$\{jndi:|\$\{t\(java"),
)
_CLIMB = _rce("path-climb", r"(?:\.\.[\\/]){3}")
_SPLIT = re.compile(r"[\s_.-]")


@dataclass(frozen=True, kw_only=True)
class BackstopPolicy:
    """What a tool's arguments may hold.

    `shell_tools` are meant to run commands, so that only running what was downloaded or decoded is refused there.
    An argument one word of whose name is among `path_words` is a path: it has to stay beneath the working
    directory, or beneath one of `roots` (POSIX paths). `prose`: names of arguments that nobody executes, and that
    are not looked at. Arguments of more than `max_chars` characters are refused unread.
    """

    shell_tools: frozenset[str] = frozenset()
    path_words: frozenset[str] = frozenset(
        {
            "path",
            "paths",
            "file",
            "files",
            "filename",
            "filepath",
            "dir",
            "directory",
            "folder",
            "target",
            "cwd",
        }
    )
    roots: tuple[str, ...] = ()
    prose: frozenset[str] = frozenset()
    max_chars: int = 1_000_000


class RceBackstop:
    """Asked before each tool call, behind whatever else decides what a tool may do. No file is looked at."""

    def __init__(self, policy: BackstopPolicy | None = None) -> None:
        self.policy = policy or BackstopPolicy()

    def __call__(self, tool: str, arguments: object) -> str | None:
        """RCE_RISK with the argument's path and the rule, or None."""
        found = within(as_value(arguments), max_chars=self.policy.max_chars)
        if found is None:
            why = f"more than {self.policy.max_chars} characters of arguments, or nested too deeply: unread"
            return format_refusal(ReasonCode.RCE_RISK, f"{short(tool)}: {why}")
        for text in found:
            rule = None if text.field in self.policy.prose else self._broken(tool, text)
            if rule is not None:
                return format_refusal(
                    ReasonCode.RCE_RISK, f"{short(tool)}: {text.path or 'arguments'}: {rule}"
                )
        return None

    def _broken(self, tool: str, text: Text) -> str | None:
        is_path = not self.policy.path_words.isdisjoint(_SPLIT.split(text.field.lower()))
        if is_path and _escapes(text.text, self.policy.roots):
            return "path-escape"
        rules = (
            RUN_WHAT_CAME if tool in self.policy.shell_tools else (*RUN_WHAT_CAME, *SHELL_AND_EVAL, _CLIMB)
        )
        broken = first_broken(rules, text.text)
        return broken[0].name if broken else None


def _escapes(text: str, roots: tuple[str, ...]) -> bool:
    """Whether a path, as it is or with its percent signs read, leaves the working directory and every root."""
    return any(_is_outside(spelled, roots) for spelled in {text, unquote(text), unquote(unquote(text))})


def _is_outside(text: str, roots: tuple[str, ...]) -> bool:
    path = text.strip().replace("\\", "/")
    if "\0" in path or path.startswith("~") or re.match(r"[a-z]:|file:", path, re.IGNORECASE):
        return True
    normal = posixpath.normpath(path)
    if normal.startswith("/"):
        inside = (posixpath.normpath(root) for root in roots)
        return not any(normal == root or normal.startswith(f"{root.rstrip('/')}/") for root in inside)
    return normal == ".." or normal.startswith("../")
