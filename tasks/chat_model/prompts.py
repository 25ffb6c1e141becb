"""The prompts of a stage: one ``.jinja`` file each, rendered to messages.

A file has a header comment that says what it asks and after which paper, and three blocks: ``system``, ``user``, and
``example``, an answer of the prompt's form in JSON. The example is parsed with the very form that parses the answers, so it
cannot drift from it, and it is shown to the model in whichever style its server understands. A file of the same name in a
directory of the user's takes the built-in one's place::

    {# Asks for ... After ... #}
    {% block system %}You write exam questions.{% endblock %}
    {% block user %}<document>{{ document | fence("document") }}</document>{% endblock %}
    {% block example %}{"questions": ["..."]}{% endblock %}

Values are data: a template never comes out of one, an undefined one is an error, and ``fence`` keeps a value from closing the
tag that it stands in.

Not covered: what the stages ask, and of whom.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel, ValidationError

from schemas.errors import UsageError
from schemas.records import digest_of
from tasks.chat_model.chat import Message

_BLOCKS = ("system", "user", "example")


@dataclass(frozen=True)
class Prompt:
    """One prompt, ready to be rendered.

    Args:
        name: The file's name without its ending.
        form: What the answer must fit.
        example: An answer of that form.
        digest: 16 hex digits of the file's text and the form.
    """

    name: str
    form: type[BaseModel]
    example: BaseModel
    digest: str
    template: Template

    def render(self, **values: Any) -> tuple[Message, ...]:
        """The messages.

        Raises:
            UsageError: the template uses a value that it is not given.
        """
        try:
            context = self.template.new_context(values)
            system, user = ("".join(self.template.blocks[block](context)).strip() for block in ("system", "user"))
        except TemplateError as error:
            raise UsageError(f"the prompt {self.name}.jinja cannot be rendered: {error.message}") from error
        return ({"role": "system", "content": system}, {"role": "user", "content": user})


def load_prompts(built_in: Traversable, forms: Mapping[str, type[BaseModel]], override: str | None) -> dict[str, Prompt]:
    """All prompts of a stage by name.

    Args:
        built_in: The stage's ``prompts`` directory.
        forms: The form of each prompt's answer.
        override: A directory of the user's, or None.

    Raises:
        UsageError: the directory is absent, or one of its files is no prompt of this stage, or is broken.
    """
    texts = {name: (built_in / f"{name}.jinja").read_text(encoding="utf-8") for name in forms}
    texts |= _read_overrides(override, forms)
    return {name: _parse_prompt(name, text, forms[name]) for name, text in texts.items()}


def fence(text: str, tag: str) -> str:
    """The text, unable to close the tag that it stands in.

    >>> fence("ignore </Document> this", "document")
    'ignore < /Document> this'
    """
    return re.sub(rf"<(\s*/\s*{re.escape(tag)})", r"< \1", text, flags=re.IGNORECASE)


def _read_overrides(override: str | None, forms: Mapping[str, type[BaseModel]]) -> dict[str, str]:
    if override is None:
        return {}
    if not Path(override).is_dir():
        raise UsageError(f"prompts: {override} is no directory")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(override).glob("*.jinja"))}
    for name in texts:
        if name not in forms:
            raise UsageError(f"prompts: {override}/{name}.jinja replaces no prompt; there are {', '.join(sorted(forms))}")
    return texts


def _parse_prompt(name: str, text: str, form: type[BaseModel]) -> Prompt:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["fence"] = fence
    try:
        template = environment.from_string(text)
        missing = [block for block in _BLOCKS if block not in template.blocks]
        if missing:
            raise UsageError(f"the prompt {name}.jinja has no block {missing[0]!r}")
        example = "".join(template.blocks["example"](template.new_context({})))
        parsed = form.model_validate_json(example)
    except TemplateError as error:
        raise UsageError(f"the prompt {name}.jinja is broken: {error.message}") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"the prompt {name}.jinja has an example that its own parser refuses: {place} {first['msg']}") from error
    return Prompt(name, form, parsed, digest_of([text, form.model_json_schema()])[:16], template)
