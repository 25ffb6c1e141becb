"""labflow taxonomy import: settings from an InstructLab configuration, with nothing passed over in silence."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.settings.files import load_settings
from flows.settings.instructlab_config import _NOT_NEEDED, _TABLE, import_config
from schemas.errors import UsageError
from taxonomy_sample.materialise import materialise

CONFIG = """
version: 1.0.0
chat: {model: /models/granite, temperature: 1.0}
general: {log_level: INFO}
generate:
  taxonomy_path: /data/taxonomy
  taxonomy_base: origin/main
  pipeline: full
  sdg_scale_factor: 30
  max_num_tokens: 4096
  chunk_word_count: 1000
  num_cpus: 10
  teacher:
    model_path: /models/mixtral
    vllm: {gpus: 4, llm_family: mixtral, vllm_args: [--max-model-len, "8192"]}
train:
  model_path: /models/granite
  num_epochs: 8
  max_seq_len: 4096
  max_batch_len: 60000
  lora_rank: 4
  lora_quantize_dtype: nf4
  nproc_per_node: 2
  is_padding_free: true
evaluate: {mt_bench: {judge_model: /models/prometheus, max_workers: auto}}
serve: {backend: vllm}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config.yaml").write_text(CONFIG)
    return tmp_path


def labflow(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["taxonomy", "import", *map(str, arguments)])


def test_a_configuration_is_taken_over_or_explained_name_by_name(place: Path) -> None:
    imported = import_config(place / "config.yaml")
    assert imported.settings["teacher"]["scale_factor"] == 30
    assert imported.settings["train"]["method"] == "qlora"
    assert imported.taken["generate.teacher.vllm.gpus"] == "teacher.model.server.tensor_parallel_size"
    assert imported.left["generate.num_cpus"].startswith("requests under way")
    assert imported.left["train.is_padding_free"] == "no counterpart"
    assert not imported.taken.keys() & imported.left.keys()


def test_the_file_that_is_written_runs_with_the_taxonomy(place: Path) -> None:
    taxonomy = materialise(place / "sample")
    result = labflow(taxonomy, "--instructlab-config", place / "config.yaml", "--file", place / "labflow.yaml", "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["leaf_nodes"] == 3
    assert told["taken"]
    settings = load_settings(None, place / "labflow.yaml", [])
    assert settings.taxonomy.path == str(taxonomy)
    assert (settings.teacher.kind, settings.teacher.model.path, settings.teacher.model.endpoints) == (
        "model",
        "/models/mixtral",
        (),
    )
    assert (settings.train.base, settings.train.processes, settings.taxonomy.chunk_tokens) == ("/models/granite", 2, 1300)
    assert settings.evaluate.judge.model.path == "/models/prometheus"


def test_a_taxonomy_alone_is_enough(place: Path) -> None:
    taxonomy = materialise(place / "sample")
    result = labflow(taxonomy)
    assert result.exit_code == 0, result.stderr
    assert load_settings(None, place / "config" / "labflow" / "config.yaml", []).taxonomy.path == str(taxonomy)
    assert labflow(taxonomy).exit_code == 2  # not replaced unasked
    assert labflow(taxonomy, "--force").exit_code == 0


@pytest.mark.parametrize("text", ["", "- a", "teacher: {}", "a: [", "\x00"])
def test_what_is_no_such_configuration_is_one_line(place: Path, text: str) -> None:
    (place / "other.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"other\.yaml"):
        import_config(place / "other.yaml")


def test_a_directory_that_is_no_taxonomy_writes_nothing(place: Path) -> None:
    assert labflow(place / "nowhere").exit_code != 0
    assert not (place / "config").exists()


def test_every_counterpart_is_a_setting(place: Path) -> None:
    values = {"generate.pipeline": "simple", "train.lora_quantize_dtype": "nf4", "train.lora_rank": 8}
    values |= {name: 2 for name in _TABLE if "learning_rate" not in name and name not in values}
    values |= {name: 0.001 for name in _TABLE if "learning_rate" in name}
    values |= {
        "generate.teacher.vllm.vllm_args": ["--x"],
        "generate.max_num_tokens": 64,
        "train.max_seq_len": 64,
        "train.max_batch_len": 64,
    }
    for name, value in values.items():
        nested = value
        for part in reversed(name.split(".")):
            nested = {part: nested}
        (place / "one.yaml").write_text(yaml.safe_dump({"serve": {}, **nested} if not name.startswith("serve") else nested))
        settings = import_config(place / "one.yaml").settings
        assert settings, name
        (place / "ours.yaml").write_text(yaml.safe_dump(settings))
        if name != "generate.chunk_word_count":  # two words are too small a chunk
            load_settings("offline", place / "ours.yaml", [])
    assert not _NOT_NEEDED.keys() & _TABLE.keys()
