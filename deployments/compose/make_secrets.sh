#!/usr/bin/env bash
# Writes what the services need to know alone into secrets/, each file with mode 600: passwords, keys, and a certificate for
# LABFLOW_HOST (and localhost) that it signs itself; and LABFLOW_HOST into .env, where Compose finds it. What is there stays.
# Prints no secret.
set -euo pipefail
umask 077
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p secrets
host=${LABFLOW_HOST:-localhost}
if [ ! -e .env ]; then
  printf 'LABFLOW_HOST=%s\n' "$host" > .env
  chmod 644 .env
  echo "written: .env, for $host"
fi
cd secrets
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

if [ ! -e server.env ]; then
  login="labflow:$(random)"
  model_key=$(random)
  password=$(random)
  printf 'POSTGRES_PASSWORD=%s\n' "$password" > database.env
  printf 'VLLM_API_KEY=%s\n' "$model_key" > vllm.env
  printf 'PREFECT_API_AUTH_STRING=%s\nLABFLOW_MODEL_API_KEY=%s\n' "$login" "$model_key" > worker.env
  printf 'PREFECT_SERVER_API_AUTH_STRING=%s\nPREFECT_SERVER_DATABASE_PASSWORD=%s\n' "$login" "$password" > server.env
  echo "written: database.env vllm.env worker.env server.env"
fi
if [ ! -e tls_certificate.pem ]; then
  openssl req -x509 -newkey rsa:3072 -nodes -days 825 -subj "/CN=$host" -addext "subjectAltName=DNS:$host,DNS:localhost,IP:127.0.0.1" \
    -keyout tls_key.pem -out tls_certificate.pem 2> /dev/null
  chmod 644 tls_certificate.pem
  echo "written: tls_certificate.pem tls_key.pem, for $host"
fi
# The proxy runs as user 10001, and Compose mounts the file as it is.
if [ "$(stat -c %u tls_key.pem)" != 10001 ] && ! chown 10001 tls_key.pem 2> /dev/null; then
  echo "run as root: chown 10001 $PWD/tls_key.pem" >&2
fi
