"""Secrets for the stages: Prefect's Secret blocks, read where a stage runs and handed to it; never a parameter, never logged."""

from prefect.blocks.system import Secret


def read_secret(name: str) -> str:
    """The value of a Secret block.

    Raises:
        ValueError: there is no block of that name.
    """
    secret = Secret.load(name)
    assert isinstance(secret, Secret), "outside of an event loop it is loaded at once"
    return str(secret.get())
