"""Compose file and Kubernetes manifests: valid by their published schemas, and closed by default."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from check_jsonschema.builtin_schemas import get_builtin_schema
from cryptography import x509
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = ROOT / "deployments"
COMPOSE = yaml.safe_load((DEPLOYMENTS / "compose" / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
MANIFEST_FILES = sorted(path for path in (DEPLOYMENTS / "kubernetes").glob("*.yaml") if path.name != "kustomization.yaml")
SECRET_NAME = re.compile(r"(PASSWORD|AUTH_STRING|API_KEY|TOKEN)(?!\w*_SECRET_(NAME|KEY))")


def manifests(*kinds: str) -> list[dict[str, Any]]:
    found = [manifest for path in MANIFEST_FILES for manifest in yaml.safe_load_all(path.read_text())]
    return [manifest for manifest in found if not kinds or manifest["kind"] in kinds]


def pod_of(manifest: dict[str, Any]) -> dict[str, Any]:
    spec = manifest["spec"]
    spec = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    pod: dict[str, Any] = spec["template"]["spec"]
    return pod


# -- compose ---------------------------------------------------------------------------------------------------------


def test_the_compose_file_is_valid_by_the_compose_specification() -> None:
    faults = list(Draft202012Validator(get_builtin_schema("vendor.compose-spec")).iter_errors(COMPOSE))
    assert [fault.message for fault in faults] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_runs_without_root_and_without_rights(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "network_mode", "pid", "ipc", "cap_add", "devices"} & set(service)
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", ()))


def test_only_the_proxy_is_published_and_only_on_the_loopback_interface() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "proxy": ["${LABFLOW_BIND:-127.0.0.1}:${LABFLOW_PORT:-8443}:8443"]
    }


def test_the_networks_let_each_reach_only_whom_it_needs() -> None:
    def on(network: str) -> set[str]:
        return {name for name, service in SERVICES.items() if network in service["networks"]}

    assert on("models") == {"vllm", "cpu-worker", "gpu-worker"}
    assert on("database") == {"database", "server"}
    assert on("control") == {"server", "proxy", "cpu-worker", "gpu-worker"}
    assert on("outside") == {"server", "proxy", "cpu-worker", "mirror"}  # notifications, the port, documents, the taxonomy
    assert all(COMPOSE["networks"][name]["internal"] for name in ("models", "database", "control"))


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_compose_file(name: str) -> None:
    service = SERVICES[name]
    assert not [key for key in service.get("environment", {}) if SECRET_NAME.search(key)]
    assert not SECRET_NAME.search(" ".join(map(str, service.get("command", ()))))


def test_services_start_in_order_and_say_whether_they_are_well() -> None:
    for name, service in SERVICES.items():
        for other, wish in service.get("depends_on", {}).items():
            assert wish == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[other], f"{name} waits for {other}"


def test_only_the_training_worker_and_the_model_server_get_gpus() -> None:
    gpus = {
        name: [device["driver"] for device in service["deploy"]["resources"]["reservations"]["devices"]]
        for name, service in SERVICES.items()
        if "deploy" in service
    }
    assert gpus == {"gpu-worker": ["nvidia"], "vllm": ["nvidia"]}


def test_secrets_are_made_once_for_one_reader_each(tmp_path: Path) -> None:
    script = shutil.copy(DEPLOYMENTS / "compose" / "make_secrets.sh", tmp_path)
    named = {**os.environ, "LABFLOW_HOST": "labflow.example.org"}
    done = subprocess.run(["bash", script], capture_output=True, text=True, check=True, env=named)
    assert (tmp_path / ".env").read_text() == "LABFLOW_HOST=labflow.example.org\n"  # Compose shows the UI under that name
    files = {path.name: path for path in (tmp_path / "secrets").iterdir()}
    texts = {name: path.read_text() for name, path in files.items()}
    assert {name for name, path in files.items() if path.stat().st_mode & 0o077} == {"tls_certificate.pem"}
    values = {
        name: dict(line.split("=", 1) for line in texts[f"{name}.env"].splitlines())
        for name in ("server", "worker", "vllm", "database")
    }
    assert values["server"]["PREFECT_SERVER_API_AUTH_STRING"] == values["worker"]["PREFECT_API_AUTH_STRING"]
    assert values["server"]["PREFECT_SERVER_DATABASE_PASSWORD"] == values["database"]["POSTGRES_PASSWORD"]
    assert values["worker"]["LABFLOW_MODEL_API_KEY"] == values["vllm"]["VLLM_API_KEY"]
    certificate = x509.load_pem_x509_certificate(files["tls_certificate.pem"].read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["labflow.example.org", "localhost"]
    secrets = [value for of_file in values.values() for value in of_file.values()]
    assert all(len(secret) >= 32 for secret in secrets)
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    subprocess.run(["bash", script], capture_output=True, check=True)
    assert {name: path.read_text() for name, path in files.items()} == texts


def test_every_secret_file_that_compose_reads_is_made_or_may_be_absent() -> None:
    made = (DEPLOYMENTS / "compose" / "make_secrets.sh").read_text()
    wanted = [secret["file"] for secret in COMPOSE["secrets"].values()]
    wanted += [entry for service in SERVICES.values() for entry in service.get("env_file", ()) if isinstance(entry, str)]
    assert all(Path(name).name in made for name in wanted)


# -- Kubernetes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.32", "1.37"])
@pytest.mark.parametrize("path", MANIFEST_FILES, ids=lambda path: path.name)
def test_every_manifest_is_valid_kubernetes(path: Path, version: str) -> None:
    for manifest in yaml.safe_load_all(path.read_text()):
        kubernetes_validate.validate(manifest, version, strict=True)
        assert manifest["metadata"].get("namespace", "labflow") == "labflow"


def test_the_kustomization_names_every_manifest() -> None:
    kustomization = yaml.safe_load((DEPLOYMENTS / "kubernetes" / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == [path.name for path in MANIFEST_FILES]


@pytest.mark.parametrize("manifest", manifests("Deployment", "StatefulSet", "CronJob"), ids=lambda m: m["metadata"]["name"])
def test_every_pod_passes_the_restricted_standard(manifest: dict[str, Any]) -> None:
    pod = pod_of(manifest)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert not any("hostPath" in volume for volume in pod["volumes"])
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        claims = {claim["metadata"]["name"] for claim in manifest["spec"].get("volumeClaimTemplates", ())}
        assert mounted <= {volume["name"] for volume in pod["volumes"]} | claims


def test_only_workers_hold_a_token_and_it_may_write_jobs_alone() -> None:
    for manifest in manifests("Deployment", "StatefulSet", "CronJob"):
        is_worker = manifest["metadata"]["name"].startswith("worker-")
        assert (pod_of(manifest).get("automountServiceAccountToken", True)) is is_worker
    (role,) = manifests("Role")
    writing = [rule["resources"] for rule in role["rules"] if {"create", "patch", "delete"} & set(rule["verbs"])]
    assert writing == [["jobs"]]
    assert manifests("ClusterRole", "ClusterRoleBinding") == []


def test_no_secret_stands_in_a_manifest() -> None:
    assert manifests("Secret") == []
    for manifest in manifests("Deployment", "StatefulSet", "CronJob"):
        for container in pod_of(manifest)["containers"]:
            for variable in container.get("env", ()):
                assert not SECRET_NAME.search(variable["name"]) or "secretKeyRef" in variable["valueFrom"], variable["name"]


def test_nothing_is_reachable_but_by_a_policy_and_vllm_by_jobs_alone() -> None:
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in manifests("NetworkPolicy")}
    assert policies["nothing-by-default"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert policies["vllm"]["ingress"] == [
        {"from": [{"podSelector": {"matchLabels": {"labflow/role": "job"}}}], "ports": [{"protocol": "TCP", "port": 8000}]}
    ]
    assert policies["database"]["ingress"][0]["from"] == [{"podSelector": {"matchLabels": {"labflow/role": "server"}}}]
    roles = {manifest["spec"]["selector"]["matchLabels"]["labflow/role"] for manifest in manifests("Deployment", "StatefulSet")}
    named = {spec["podSelector"].get("matchLabels", {}).get("labflow/role") for spec in policies.values()}
    assert roles | {"job", "mirror"} == named - {None}


def test_the_server_is_behind_tls() -> None:
    (ingress,) = manifests("Ingress")
    assert ingress["spec"]["tls"][0]["hosts"] == [rule["host"] for rule in ingress["spec"]["rules"]]
    assert {service["spec"].get("type", "ClusterIP") for service in manifests("Service")} == {"ClusterIP"}


def test_all_pods_can_share_the_storage() -> None:
    claims = {claim["metadata"]["name"]: claim["spec"]["accessModes"] for claim in manifests("PersistentVolumeClaim")}
    assert claims == {"labflow-storage": ["ReadWriteMany"], "labflow-server": ["ReadWriteOnce"]}
    named = {
        (manifest["metadata"]["name"] == "server", volume["persistentVolumeClaim"]["claimName"])
        for manifest in manifests("Deployment", "CronJob")
        for volume in pod_of(manifest)["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert named == {(False, "labflow-storage"), (True, "labflow-server")}


LEASES = ("PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE", "prefect.server.concurrency.lease_storage.filesystem")


def test_every_server_keeps_on_disk_who_holds_slots() -> None:
    """Else a restart leaves the slots of a stage that ends meanwhile taken for ever."""
    composed = SERVICES["server"]["environment"]
    (pod,) = (pod_of(manifest) for manifest in manifests("Deployment") if manifest["metadata"]["name"] == "server")
    in_pod = {variable["name"]: variable.get("value") for variable in pod["containers"][0]["env"]}
    unit = (DEPLOYMENTS / "systemd" / "labflow-server.service").read_text()
    for environment in (composed, in_pod):
        assert environment[LEASES[0]] == LEASES[1]
    assert "=".join(LEASES) in unit
    kept = [volume.partition(":")[2] for volume in SERVICES["server"]["volumes"]]
    kept += [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "state"]
    assert [
        home.startswith(f"{place}/") for home, place in zip((composed["PREFECT_HOME"], in_pod["PREFECT_HOME"]), kept, strict=True)
    ] == [
        True,
        True,
    ]
    image = (DEPLOYMENTS / "images" / "worker.Dockerfile").read_text()
    assert all(
        f"install -d -o 10001 -g 10001 {place}" in image for place in kept
    )  # a new volume belongs to whom it belongs there


def test_the_mirror_is_cloned_once_and_a_clone_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    (mirror,) = manifests("CronJob")
    (clone,) = pod_of(mirror)["initContainers"]
    source = tmp_path / "taxonomy"
    commit = ["-c", "user.name=A", "-c", "user.email=a@example.invalid", "commit", "-q", "--allow-empty", "-m", "one"]
    subprocess.run(["git", "init", "-q", str(source)], check=True)
    subprocess.run(["git", "-C", str(source), *commit], check=True)
    storage = tmp_path / "storage"
    (storage / "taxonomy.part").mkdir(parents=True)  # what a killed job has left
    (storage / "taxonomy.git").mkdir()  # the mount point of the other container
    named = {**os.environ, "LABFLOW_TAXONOMY_URL": str(source)}
    assert clone["workingDir"] == "/srv/labflow"
    for _ in range(2):
        subprocess.run(clone["command"], cwd=storage, env=named, check=True, capture_output=True)
    assert {path.name for path in storage.iterdir()} == {"taxonomy.git", "workspace", "models"}
    assert (storage / "taxonomy.git" / "HEAD").exists()
    shutil.rmtree(storage / "taxonomy.git")
    unnamed = {name: value for name, value in os.environ.items() if name != "LABFLOW_TAXONOMY_URL"}
    said = subprocess.run(clone["command"], cwd=storage, env=unnamed, capture_output=True, text=True)
    assert said.returncode != 0
    assert "LABFLOW_TAXONOMY_URL" in said.stderr
