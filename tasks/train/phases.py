"""Which rows each phase trains on, and which rows make up each of its steps.

Part of ``train``, inside the worker process. By default there is one phase, ``curriculum``, on everything. With
``train.phases: knowledge_then_skills`` there are two (Sudalairaj et al. 2024, "LAB: Large-Scale Alignment for ChatBots",
section on multi-phase training): knowledge and foundational skills first, then compositional skills, into which a share of the
first phase is replayed so that it is not forgotten. Each phase has epochs, learning rate and optimizer state of its own, and
begins with the weights that the one before has left.

With ``train.validation_share`` a part of each phase's new samples is held out, by chance under the seed. Its loss is taken at the
end of every epoch, and the phase hands on the weights that did best on it: checkpoints are compared here, and never on the exam.

Everything follows from seed and lengths: a resumed run plans the same.

Not covered: comparing settings with each other.
"""

from dataclasses import dataclass

import numpy as np

from schemas.student_settings import PhaseSettings, TrainSettings
from tasks.train.batches import plan_batches
from tasks.train.curriculum import PARTS, SOURCES
from tasks.train.token_files import TokenFiles


@dataclass(frozen=True)
class Phase:
    """One phase: rows, steps, recipe."""

    name: str
    rows: np.ndarray
    """Numbers of the rows of one epoch, in order."""
    replayed: np.ndarray
    """Those of them that are replayed: of earlier releases, or of the phase before."""
    validation: np.ndarray
    """Numbers of the rows that are held out."""
    epochs: float
    learning_rate: float
    batches: list[np.ndarray]
    """The row numbers of each step."""
    epoch_ends: tuple[int, ...]
    """Steps after which an epoch ends; the last is the last step."""

    @property
    def steps(self) -> int:
        return len(self.batches)


def plan_phases(settings: TrainSettings, tokens: TokenFiles) -> list[Phase]:
    """The phases in order; one that would have no row is left out."""
    if settings.phases == "stacked":
        everything = np.arange(len(tokens.lengths))
        return [_plan_phase("curriculum", 0, PhaseSettings(), settings, tokens, everything, np.array([], dtype=np.int64))]
    phases: list[Phase] = []
    earlier = np.array([], dtype=np.int64)
    for number, (name, own) in enumerate((("knowledge", settings.knowledge), ("skills", settings.skills))):
        rows = np.flatnonzero(tokens.parts == PARTS.index(name))
        if len(rows):
            wanted = round(len(rows) * own.earlier_phase_share / (1 - own.earlier_phase_share))
            chosen = np.random.default_rng([settings.seed, number]).permutation(len(earlier))[:wanted]
            phases.append(_plan_phase(name, number, own, settings, tokens, rows, np.sort(earlier[chosen])))
            earlier = phases[-1].rows
    return phases


def _plan_phase(
    name: str,
    number: int,
    own: PhaseSettings,
    settings: TrainSettings,
    tokens: TokenFiles,
    rows: np.ndarray,
    earlier: np.ndarray,
) -> Phase:
    """One phase.

    Args:
        number: of the phase, from 0: each is shuffled in its own way.
        rows: its own rows, validation included.
        earlier: replayed rows of the phase before.
    """
    new = rows[tokens.sources[rows] == SOURCES.index("sample")]
    count = round(len(new) * settings.validation_share)
    held = np.random.default_rng([settings.seed, number, 1]).permutation(len(new))[:count]
    validation = np.sort(new[held])
    rows = np.concatenate([np.setdiff1d(rows, validation, assume_unique=True), earlier])
    epochs = own.epochs or settings.epochs
    planned = plan_batches(tokens.lengths[rows], settings.batch_tokens, epochs, settings.seed + number)
    replayed = rows[tokens.sources[rows] == SOURCES.index("replay")]
    return Phase(
        name=name,
        rows=rows,
        replayed=np.union1d(replayed, earlier),
        validation=validation,
        epochs=epochs,
        learning_rate=own.learning_rate or settings.learning_rate,
        batches=[rows[batch] for epoch in planned for batch in epoch],
        epoch_ends=tuple(int(end) for end in np.cumsum([len(epoch) for epoch in planned])),
    )
