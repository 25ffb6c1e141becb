"""What a deployment's entrypoint is, read from the source without running it: is there such a flow, and how is it called.

``tasks.train.task:train_stage`` -> ``train`` (the name in ``@flow(name="train")``; else the function's, with dashes).
"""

import ast
from importlib.util import find_spec
from pathlib import Path

from schemas.errors import UsageError


def flow_name(entrypoint: str) -> str:
    """The name of the flow at an entrypoint.

    Args:
        entrypoint: ``module:function``.

    Raises:
        UsageError: there is no such module, or no such flow in it.
    """
    module, _, function = entrypoint.partition(":")
    try:
        spec = find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None:
        raise UsageError(f"entrypoint {entrypoint}: there is no module {module}.")
    body = ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
    constants = _constants(body)
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            name = _name_of_flow(node, constants)
            if name is not None:
                return name
    raise UsageError(f"entrypoint {entrypoint}: {module} has no flow {function}.")


def _constants(body: list[ast.stmt]) -> dict[str, str]:
    """``NAME = "text"`` at the top of a module."""
    return {
        target.id: node.value.value
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _name_of_flow(function: ast.FunctionDef, constants: dict[str, str]) -> str | None:
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        target = call.func if call else decorator
        if not isinstance(target, ast.Name) or target.id != "flow":
            continue
        for keyword in call.keywords if call else ():
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return str(keyword.value.value)
            if keyword.arg == "name" and isinstance(keyword.value, ast.Name):
                return constants.get(keyword.value.id)
        return function.name.replace("_", "-")
    return None
