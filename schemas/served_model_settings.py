"""A model behind the OpenAI API: teacher, critic or judge, served elsewhere or started here for the length of a stage."""

from pydantic import Field

from schemas.settings_model import SettingsModel


class ServerSettings(SettingsModel):
    """How a server is started for a model that has a path and no endpoint: vllm, or llama-server for a GGUF file."""

    program: str | None = Field(
        None, description="path of vllm or llama-server; None: beside the Python that runs labflow, else on PATH"
    )
    gpus: int | None = Field(None, ge=0, le=64, description="GPUs that it may use, the first ones; None: all that are visible")
    tensor_parallel_size: int = Field(1, ge=1, le=64, description="vllm: GPUs that share the model's layers")
    dtype: str = Field("auto", min_length=1, description="vllm: type of the weights, for example bfloat16")
    quantization: str | None = Field(None, description="vllm: for example bitsandbytes; None: as the model is stored")
    max_model_len: int | None = Field(None, ge=64, description="longest prompt with its answer, tokens; None: the model's own")
    lora: dict[str, str] = Field({}, description="adapters: name -> directory (vllm) or file (llama-server)")
    arguments: tuple[str, ...] = Field((), description="further arguments of the program")
    environment: dict[str, str] = Field({}, description="further environment variables; no secrets")
    start_timeout_seconds: float = Field(900, gt=0, le=86_400, description="longest wait until it is healthy")
    stop_timeout_seconds: float = Field(15, gt=0, le=600, description="from the request to stop to the kill")


class ModelSettings(SettingsModel):
    """A served model behind the OpenAI API."""

    name: str = Field("", description="model name as the server knows it")
    path: str | None = Field(
        None, description="model directory or GGUF file; without endpoints a server for it is started for the length of the stage"
    )
    endpoints: tuple[str, ...] = Field((), description="base URLs, for example http://127.0.0.1:8000/v1; several are replicas")
    server: ServerSettings = ServerSettings()
    api_key_env: str | None = Field(None, description="name of the environment variable that holds the API key")
    api_key_block: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9-]{0,99}$",
        description="name of the Prefect Secret block that holds the API key; comes before api_key_env",
    )
    system_role: bool = Field(
        True, description="whether its chat template knows the system role; False: that text begins the user's message"
    )
    concurrency: int = Field(64, ge=1, le=4096, description="requests under way at once, per endpoint")
    timeout_seconds: float = Field(120, gt=0, le=3600, description="for one request")
    max_retries: int = Field(5, ge=0, le=20, description="after time-outs, 408, 409, 429 and 5xx")
    deadline_seconds: float = Field(900, gt=0, le=86_400, description="for one request with all its retries")
    prompt_price: float | None = Field(None, ge=0, description="of a million prompt tokens, for the cost in the progress line")
    completion_price: float | None = Field(None, ge=0, description="of a million completion tokens")
