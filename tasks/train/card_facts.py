"""What the trained student's model card says before it is examined.

Part of ``train``, inside the worker process.

Not covered: scores and the release's number (whoever knows them writes the card again: ``student_model/model_card.py``).
"""

from pathlib import Path

from schemas.contracts import Checkpoint
from schemas.records import digest_of
from schemas.student_contracts import PhasePlan, TrainPlan, TrainRequest
from tasks.student_model.model_card import CardFacts, read_license

PLACES = {"base", "replay_file", "threads", "processes", "nodes", "rendezvous", "accelerate_config", "tensorboard"}
"""Settings that say where or how fast, and not what is learned."""


def card_facts(request: TrainRequest, base: Checkpoint, plan: TrainPlan, adapter_sha256: str) -> CardFacts:
    """The facts of one training.

    Args:
        request: what was asked.
        base: what training began with.
        plan: what was done.
        adapter_sha256: digest of the adapter's directory; empty where there is none.
    """
    from_scratch = request.start is None and request.train.base == "scratch"
    root = Path(base.path)
    files = [request.samples, *([request.conversations] if request.conversations else [])]
    digests = [file.sha256 for file in files if file.rows]
    return CardFacts(
        base="" if from_scratch else root.name,
        base_sha256=base.sha256,
        license="" if from_scratch else read_license(root),
        parameters=base.parameters,
        method=request.train.method,
        samples=sum(phase.samples for phase in plan.phases),
        samples_sha256=digests[0] if len(digests) == 1 else digest_of(digests),
        steps=plan.steps,
        tokens=plan.tokens,
        phases=tuple(_describe(phase) for phase in plan.phases),
        settings_sha256=digest_of(request.train.model_dump(mode="json", exclude=PLACES)),
        taxonomy_commit=request.taxonomy_commit,
        adapter_sha256=adapter_sha256,
    )


def _describe(phase: PhasePlan) -> str:
    mix = {"samples": phase.samples, "replayed": phase.replayed, "from a file": phase.from_file, "passages": phase.passages}
    said = ", ".join(f"{count:,} {name}" for name, count in mix.items() if count)
    return f"{phase.name}: {said}; {phase.epochs:g} epochs at a learning rate of {phase.learning_rate:g}"
