# labflow with PyTorch for CUDA and quantised training: the stages that need a GPU. The CUDA libraries come with PyTorch; the
# driver comes from the host through the NVIDIA container toolkit.
#   docker build -f deployments/images/gpu-worker.Dockerfile -t labflow-gpu-worker:0.1.0 .
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
RUN python -m venv /opt/labflow
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY flows flows
COPY tasks tasks
COPY schemas schemas
COPY taxonomy_sample taxonomy_sample
COPY deployments deployments
RUN /opt/labflow/bin/pip install --no-cache-dir ".[bnb]"

FROM ${PYTHON_IMAGE}
# gcc: PyTorch compiles some kernels when they are first used
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git ca-certificates tini gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 labflow \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp labflow
COPY --from=build /opt/labflow /opt/labflow
ENV PATH=/opt/labflow/bin:$PATH \
    HOME=/tmp \
    PREFECT_HOME=/tmp/prefect \
    HF_HOME=/tmp/huggingface \
    HF_HUB_OFFLINE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    TRITON_CACHE_DIR=/tmp/triton \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["tini", "--"]
CMD ["labflow", "--help"]
