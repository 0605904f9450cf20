"""What a rule of the validator asks, in words: the text behind `headkb validate --explain` for every id that it can print."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from textwrap import indent

from headkb.catalog.addresses import SITE
from headkb.catalog.file_rules import FILE_RULES, FileRule
from headkb.catalog.rules import RULES, severity
from headkb.errors import UnknownNameError


def rule_sentences() -> Mapping[str, str]:
    """Rule id → when it fires, in one sentence; of every rule, by id."""
    texts = {rule_id: rule.when for rule_id, rule in FILE_RULES.items()}
    texts |= {rule_id: (inspect.getdoc(module) or "").partition("\n")[0] for rule_id, module in RULES.items()}
    return dict(sorted(texts.items()))


def rule_text(rule_id: str) -> str:
    """What a rule asks, an example that breaks it and one that keeps it, why it is there, and its page.

    Raises:
        UnknownNameError: If there is no such rule.
    """
    if rule_id in FILE_RULES:
        weight, why, asks = "error", FILE_RULES[rule_id].why, _of_file(FILE_RULES[rule_id])
    elif rule_id in RULES:
        weight, why, asks = severity(rule_id), RULES[rule_id].WHY, inspect.getdoc(RULES[rule_id]) or ""
    else:
        remedy = f"{SITE}rules/ lists all."
        raise UnknownNameError("rule", rule_id, rule_sentences(), remedy)
    return f"{rule_id} ({weight})\n\n{asks.strip()}\n\nWhy: {why}.\nPage: {SITE}rules/{rule_id}/"


def _of_file(rule: FileRule) -> str:
    examples = [f"{word}:\n\n{indent(text, '    ')}" for word, text in (("Bad", rule.bad), ("Good", rule.good)) if text]
    return "\n\n".join([rule.when, *examples, *([rule.more] if rule.more else [])])
