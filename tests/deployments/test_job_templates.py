"""Job templates, rendered by Prefect's own workers: what a process, a container and a Kubernetes Job would be started with."""

import asyncio
from typing import Any
from uuid import uuid4

import kubernetes_validate
import pytest
from docker.models.containers import _create_container_args
from prefect.client.schemas.objects import FlowRun
from prefect.workers.base import BaseJobConfiguration, BaseWorker
from prefect.workers.process import ProcessWorker
from prefect_docker.worker import DockerWorker
from prefect_kubernetes.worker import KubernetesWorker

from flows.deploy.check import HEARTBEAT
from flows.deploy.files import POOL_TYPES, Pool, PoolType, read_files

WORKERS: dict[PoolType, type[BaseWorker]] = {"process": ProcessWorker, "docker": DockerWorker, "kubernetes": KubernetesWorker}
KUBERNETES_VERSIONS = ("1.32", "1.37")


class NoServer:
    """Stands where a client is handed in: a template that names no block asks a server for nothing."""


class OldEnoughDocker:
    """What the Docker worker asks its engine before it creates a container."""

    def version(self) -> dict[str, str]:
        return {"Version": "28.0.0"}


def pool_of(pool_type: PoolType, name: str) -> Pool:
    (pool,) = (pool for pool in read_files(None, pool_type).pools if pool.name == name)
    return pool


def render(pool_type: PoolType, name: str = "labflow-gpu", **variables: Any) -> Any:
    """The configuration of one job, prepared for a flow run as a worker prepares it."""
    template = pool_of(pool_type, name).template
    kind: type[BaseJobConfiguration] = WORKERS[pool_type].job_configuration
    configuration = asyncio.run(kind.from_template_and_values(template, variables, client=NoServer()))
    configuration.prepare_for_flow_run(FlowRun(id=uuid4(), flow_id=uuid4(), name="train of retrain 3f2a91c"))
    return configuration


def container(**variables: Any) -> dict[str, Any]:
    """What would be sent to Docker's engine."""
    settings = DockerWorker(work_pool_name="labflow-gpu")._build_container_settings(
        OldEnoughDocker(), render("docker", **variables)
    )
    settings.pop("network_mode")
    settings["version"] = "1.48"
    sent: dict[str, Any] = _create_container_args(settings)
    return sent


def job(name: str = "labflow-gpu", **variables: Any) -> dict[str, Any]:
    """The manifest of the Job, without the two keys that Prefect wants where the API server ignores them."""
    manifest: dict[str, Any] = render("kubernetes", name, **variables).job_manifest
    for key in ("parallelism", "completions"):
        del manifest["spec"]["template"]["spec"][key]
    return manifest


@pytest.mark.parametrize("pool_type", POOL_TYPES)
@pytest.mark.parametrize("pool", ["labflow-cpu", "labflow-gpu"])
def test_every_template_is_filled_in_by_its_worker(pool_type: PoolType, pool: str) -> None:
    configuration = render(pool_type, pool)
    assert "{{" not in configuration.model_dump_json()
    assert configuration.stream_output is False


@pytest.mark.parametrize("pool_type", POOL_TYPES)
def test_every_job_sends_heartbeats_and_keeps_its_own_variables(pool_type: PoolType) -> None:
    environment = render(pool_type, env={"EXTRA": "1"}).env
    assert environment[HEARTBEAT] == "30"
    assert environment["EXTRA"] == "1"


def test_a_process_sees_all_gpus_or_those_it_is_given() -> None:
    assert render("process", visible_gpus="2,3").env["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert render("process", visible_gpus="").env["CUDA_VISIBLE_DEVICES"] == ""


@pytest.mark.parametrize("gpus", [0, 1, 4, -1])
def test_a_container_gets_the_gpus_it_asks_for(gpus: int) -> None:
    (request,) = container(gpus=gpus)["host_config"]["DeviceRequests"]
    assert request == {"Driver": "nvidia", "Count": gpus, "DeviceIDs": [], "Capabilities": [["gpu"]], "Options": {}}


def test_a_container_of_the_cpu_pool_asks_for_no_device() -> None:
    assert "device_requests" not in render("docker", "labflow-cpu").container_create_kwargs


def test_a_container_runs_without_root_and_cannot_write_but_to_its_mounts() -> None:
    sent = container(memory="32g")
    host = sent["host_config"]
    assert sent["user"] == "10001:10001"
    assert host["ReadonlyRootfs"] is True
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert host["Binds"] == ["/srv/labflow:/srv/labflow"]
    assert list(host["Tmpfs"]) == ["/tmp"]
    assert not host.get("Privileged")
    assert host["Memory"] == 32 * 2**30
    assert host["ShmSize"] == 16 * 2**30


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("pool", ["labflow-cpu", "labflow-gpu"])
def test_a_job_is_valid_kubernetes(pool: str, version: str) -> None:
    kubernetes_validate.validate(job(pool), version, strict=True)


def test_a_job_gets_gpus_nodes_memory_and_volumes() -> None:
    manifest = job(gpus=2, memory="64Gi", shared_memory="8Gi", node_selector={"pool": "a100"}, storage_claim="team-storage")
    kubernetes_validate.validate(manifest, KUBERNETES_VERSIONS[0], strict=True)
    pod = manifest["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"]["limits"] == {"memory": "64Gi", "nvidia.com/gpu": 2}
    assert pod["nodeSelector"] == {"pool": "a100"}
    assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["storage"]["persistentVolumeClaim"]["claimName"] == "team-storage"
    assert volumes["shared-memory"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "8Gi"}
    assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)


def test_a_job_runs_without_root_and_without_the_api() -> None:
    pod = job()["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_a_lost_job_is_not_started_beside_itself() -> None:
    assert job()["spec"]["backoffLimit"] == 0
