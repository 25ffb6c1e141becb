"""The page about the service: its tree, its settings and its links are there."""

import re
from pathlib import Path

import pytest

from flows.settings.files import load_settings

DEPLOYMENTS = Path(__file__).parents[2] / "deployments"
README = (DEPLOYMENTS / "README.md").read_text(encoding="utf-8")


def test_the_tree_is_the_tree() -> None:
    (tree,) = re.findall(r"```text\n(prefect\.yaml.*?)```", README, re.DOTALL)
    named = {line.split()[0].rstrip("/") for line in tree.splitlines()}
    there = {path.name for path in DEPLOYMENTS.iterdir() if not path.name.startswith("__")}
    assert named == there - {"README.md"}


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)]+)\)", README))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (DEPLOYMENTS / target).exists()


@pytest.mark.parametrize("override", sorted(set(re.findall(r"--set ['\"]?([a-z_.]+=[^\s`'\"]+)", README))))
def test_every_setting_that_is_named_exists(override: str) -> None:
    load_settings("cluster", None, [override])
