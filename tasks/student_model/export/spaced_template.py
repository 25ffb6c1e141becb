"""A chat template that writes the space which a tokenizer puts before each piece of text, for runtimes that put none.

Part of ``labflow model export``. A student made from scratch has a tokenizer with ``add_prefix_space``: ``<|user|>What`` is cut
as ``<|user|>`` and `` What``. llama.cpp would cut ``What``, another token, which the student has never seen there. So the
template in the file says it: a message's content gets a space before it where it has none::

    message['content']   ->   (message['content'] if message['content'][:1] in ['', ' '] else ' ' + message['content'])

Whether that is enough for a template is not guessed: conversations are rendered with the old template and with the new one, and
the tokens of both must be the same, else the export is refused.

Not covered: bare prompts without a template.
"""

import copy
import json
import re
from typing import Any

from schemas.errors import UsageError

_CONTENT = re.compile(r"""\bmessage(?:\['content'\]|\["content"\]|\.content)""")
_SAMPLES: tuple[list[dict[str, str]], ...] = (
    [{"role": "user", "content": "What is it?"}],
    [{"role": "user", "content": " What is it?"}],
    [{"role": "user", "content": "\nWhat\n\n is 1981 it? "}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ""}],
    [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}, {"role": "user", "content": "Ünder 3 écus"}],
)


def write_spaces(template: str, tokenizer: dict[str, Any], special: dict[str, str]) -> str:
    """The template with spaces, proven to give the same tokens.

    Args:
        template: Of the checkpoint; empty where it has none.
        tokenizer: The content of ``tokenizer.json``, whose only step is ``ByteLevel`` with ``add_prefix_space``.
        special: ``bos_token`` and ``eos_token``, which a template may name.

    Raises:
        UsageError: the tokens would not be the same.
    """
    from tokenizers import Tokenizer

    spaced = _CONTENT.sub(lambda found: f"({found[0]} if {found[0]}[:1] in ['', ' '] else ' ' + {found[0]})", template)
    plain = copy.deepcopy(tokenizer)
    plain["pre_tokenizer"]["add_prefix_space"] = False
    before, after = Tokenizer.from_str(json.dumps(tokenizer)), Tokenizer.from_str(json.dumps(plain))
    try:
        same = bool(template) and all(
            before.encode(render_template(template, messages, special), add_special_tokens=False).ids
            == after.encode(render_template(spaced, messages, special), add_special_tokens=False).ids
            for messages in _SAMPLES
        )
    except Exception:  # a template is others' code, and fails in its own ways
        same = False
    if not same:
        raise UsageError(
            "this tokenizer puts a space before each text, llama.cpp does not, and the chat template cannot be made to say so. "
            "Save the model with a tokenizer that has add_prefix_space=False, or export it with --safetensors."
        )
    return spaced


def render_template(template: str, messages: list[dict[str, str]], special: dict[str, str]) -> str:
    """A conversation up to where the answer begins. Templates are others' code: they run in a sandbox."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, autoescape=False)
    return environment.from_string(template).render(messages=messages, add_generation_prompt=True, **special)
