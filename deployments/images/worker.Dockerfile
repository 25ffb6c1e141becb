# labflow with PyTorch for CPUs: runs retrain, the stages that need no GPU, and a Prefect worker of any pool type. The Prefect
# server runs from it too.
#   docker build -f deployments/images/worker.Dockerfile -t labflow-worker:0.1.0 .
# Where PyTorch's builds for CPUs lie on an index of their own: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG PIP_EXTRA_INDEX_URL=""
RUN python -m venv /opt/labflow
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY flows flows
COPY tasks tasks
COPY schemas schemas
COPY taxonomy_sample taxonomy_sample
COPY deployments deployments
RUN /opt/labflow/bin/pip install --no-cache-dir ".[kubernetes]"

FROM ${PYTHON_IMAGE}
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git ca-certificates tini \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 labflow \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp labflow \
    && install -d -o 10001 -g 10001 /var/lib/labflow
COPY --from=build /opt/labflow /opt/labflow
# The file system may be read-only: all that Prefect and the libraries keep for themselves goes to /tmp.
ENV PATH=/opt/labflow/bin:$PATH \
    HOME=/tmp \
    PREFECT_HOME=/tmp/prefect \
    HF_HOME=/tmp/huggingface \
    HF_HUB_OFFLINE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PREFECT_SERVER_ANALYTICS_ENABLED=false \
    DO_NOT_TRACK=1
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["tini", "--"]
CMD ["labflow", "--help"]
