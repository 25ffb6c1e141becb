"""The lexical critic on shards of the samples, which other processes or machines work on.

Part of ``critic_filter``: a critic of the shape in ``judgement``. Every sample goes with the text that must support it::

    {"sample": {...}, "source": "Repairs\\n\\nA clutch costs $900."}
      -> {"sample": {..., "critique": {...}}, "reason": "wrong_unit", "detail": ...}

Not covered: a model critic, which a served model answers.
"""

from collections.abc import Iterable, Iterator
from itertools import zip_longest

from schemas.contracts import DatasetFile, ReportProgress, Shard, StageFolders, ignore_progress
from schemas.errors import CriticError
from schemas.records import Record, Sample
from schemas.settings import CriticSettings
from tasks.critic_filter.judgement import Judged, Judgement
from tasks.critic_filter.lexical import judge_samples
from tasks.dataset_files.jsonl import read_dataset
from tasks.dataset_files.shards import Sharding, Work, map_shards, read_brief, write_result


class JudgedRow(Record):
    """A sample with the text that must support it."""

    sample: Sample
    source: str | None = None


class JudgementRow(Record):
    """A critic's verdict, as a row."""

    sample: Sample
    reason: str | None = None
    detail: str = ""


class CriticBrief(Record):
    """What judging a shard depends on."""

    critic: CriticSettings


def judge_in_shards(
    samples: Iterable[Judged],
    critic: CriticSettings,
    cache: str,
    progress: ReportProgress,
    sharding: Sharding,
    folders: StageFolders,
    size: int,
) -> Iterator[Judgement]:
    """A verdict on each sample, in order.

    Args:
        cache: Not used.
        size: Samples of a shard.

    Raises:
        CriticError: a shard came back with other samples than went into it.
    """
    del cache
    work = Work(judge_shard, CriticBrief(critic=critic), JudgedRow)
    for rows, result in map_shards(sharding, work, map(_line, samples), size, sharding.place(folders), progress):
        for asked, said in zip_longest(read_dataset(rows, JudgedRow), read_dataset(result, JudgementRow)):
            if asked is None or said is None or asked.sample.id != said.sample.id:
                raise CriticError(f"{result.path} does not have the samples of {rows.path}. Delete both and run again.")
            yield Judgement(said.sample, reason=said.reason, detail=said.detail)


def judge_shard(shard: Shard) -> DatasetFile:
    """The verdicts on a shard's samples.

    Raises:
        DamagedFileError: the shard is not what was recorded.
    """
    return write_result(shard, JudgementRow, lambda: _judge(shard))


def _judge(shard: Shard) -> Iterator[JudgementRow]:
    brief: CriticBrief = read_brief(shard, CriticBrief)
    samples = (Judged(row.sample, row.source) for row in read_dataset(shard.rows, JudgedRow))
    for each in judge_samples(samples, brief.critic, "", ignore_progress):
        yield JudgementRow(sample=each.sample, reason=each.reason, detail=each.detail)


def _line(judged: Judged) -> tuple[bytes, int]:
    row = JudgedRow(sample=judged.sample, source=judged.source)
    return row.model_dump_json(exclude_none=True).encode("utf-8", "surrogatepass") + b"\n", 1
