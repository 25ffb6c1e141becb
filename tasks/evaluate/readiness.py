"""Can all be asked that the settings name? To be known before anything is trained, not after.

Part of ``evaluate``; the flow asks it before the first GPU, and the stage would say the same when it begins. In milliseconds
without benchmarks, in a second with MMLU.

Not covered: whether a judge's endpoint answers (the flow looks at all served models alike), and whether a model fits into memory.
"""

from importlib.resources import files

from schemas.student_settings import EvaluateSettings
from tasks.chat_model.prompts import load_prompts
from tasks.evaluate.asking import choose_engine, require_lm_eval
from tasks.evaluate.benchmarks import gather_items
from tasks.evaluate.judge import FORMS


def require_askable(settings: EvaluateSettings) -> None:
    """Does nothing when benchmarks can be read, what answers them is installed, and the judge's prompts are whole.

    Raises:
        UsageError: the first thing that is not so.
    """
    choose_engine(settings)
    require_lm_eval(settings)
    gather_items(settings, ())
    if settings.judge.is_set:
        load_prompts(files("tasks.evaluate") / "prompts", FORMS, settings.judge.prompts)
