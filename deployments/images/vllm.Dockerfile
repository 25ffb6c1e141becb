# vLLM without root and without network access of its own: models come from the shared storage, the API key from the environment
# (VLLM_API_KEY).
#   docker build -f deployments/images/vllm.Dockerfile -t labflow-vllm:0.1.0 deployments/images
ARG VLLM_IMAGE=vllm/vllm-openai:v0.32.0
FROM ${VLLM_IMAGE}
RUN groupadd --gid 10001 labflow \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp labflow
ENV HOME=/tmp \
    HF_HOME=/tmp/huggingface \
    HF_HUB_OFFLINE=1 \
    VLLM_CACHE_ROOT=/tmp/vllm \
    VLLM_NO_USAGE_STATS=1 \
    TRITON_CACHE_DIR=/tmp/triton \
    XDG_CACHE_HOME=/tmp/cache
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=15m --retries=4 \
    CMD ["python3", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=4)"]
ENTRYPOINT ["vllm", "serve"]
