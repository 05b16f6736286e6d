"""The compose file and the Kubernetes manifests: valid by their own schemas, and what they promise. Images are built and run by
./dev package --image; no cluster runs here."""

import json
import os
import re
import shutil
import subprocess

import kubernetes_validate
import pytest
import yaml
from whole import ROOT

CONTAINER, KUBERNETES = ROOT / "packaging/container", ROOT / "packaging/kubernetes"
VERSIONS = ["1.30", "1.37"]
FILLED = {"OAUTH_ENCRYPTION_KEY": "key", "POSTGRES_PASSWORD": "one", "REDIS_PASSWORD": "two"}
SETTINGS = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs/configuration.md").read_text()))


def compose(*command, **settings):
    """As a user runs it in that folder. Standard output as YAML."""
    program = shutil.which("docker-compose")
    assert program, "docker-compose is not here: ./dev setup test"
    return subprocess.run([program, *command], cwd=CONTAINER, env={"PATH": os.environ["PATH"], "HOME": "/nowhere", **settings},
                          capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def services():
    done = compose("config", **FILLED)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)["services"]


def documents(name):
    return [document for document in yaml.safe_load_all((KUBERNETES / name).read_text()) if document]


def one(name):
    [document] = documents(name)
    return document


@pytest.mark.parametrize("missing", FILLED)
def test_compose_starts_without_no_secret(missing):
    done = compose("config", **{name: value for name, value in FILLED.items() if name != missing})
    assert done.returncode != 0 and "set it in .env" in done.stderr
    assert f"{missing}=\n" in (CONTAINER / "env.example").read_text()


def test_the_guides_service_is_called_api(services):
    """docker-compose logs -f api"""
    assert set(services) == {"api", "postgres", "redis"}
    assert services["api"]["depends_on"] == {name: {"condition": "service_healthy"} for name in ("postgres", "redis")}


def test_only_the_api_is_reached_from_outside_and_from_this_machine_alone(services):
    ports = {name: service.get("ports", []) for name, service in services.items()}
    assert ports == {"api": ["127.0.0.1:3001:3001/tcp"], "postgres": [], "redis": []}
    assert {name for name, service in services.items() if "outside" in service["networks"]} == {"api"}


def test_compose_confines_the_api(services):
    api = services["api"]
    assert (api["read_only"], api["cap_drop"], api["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert api["ulimits"]["core"] == 0


def test_no_password_is_an_argument(services):
    for service in services.values():
        assert not set(FILLED.values()) & set(re.findall(r"\w+", json.dumps([service.get("command"), service.get("entrypoint")])))


def test_images_are_named_with_their_version(services):
    assert all(re.fullmatch(r"\w+:\d+", service["image"]) for name, service in services.items() if name != "api")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(path.name for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml"))
def test_a_manifest_is_valid(name, version):
    found = documents(name)
    assert found
    for document in found:
        kubernetes_validate.validate(document, version, strict=True)


def test_the_kustomization_names_every_manifest_but_the_secret():
    named = set(one("kustomization.yaml")["resources"])
    assert named == {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml", "secret.example.yaml"}


def test_every_variable_is_a_setting(services):
    given = set(services["api"]["environment"]) | set(one("settings.yaml")["data"]) | set(one("secret.example.yaml")["stringData"])
    assert given <= SETTINGS, given - SETTINGS
    assert not any(one("secret.example.yaml")["stringData"].values())


def test_two_replicas_of_which_one_always_serves():
    deployment, budget = one("deployment.yaml"), one("disruption.yaml")
    assert deployment["spec"]["replicas"] == 2 and budget["spec"]["minAvailable"] == 1
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels == deployment["spec"]["selector"]["matchLabels"] == budget["spec"]["selector"]["matchLabels"] == \
        one("service.yaml")["spec"]["selector"] == one("network.yaml")["spec"]["podSelector"]["matchLabels"]


def test_pods_migrate_first_and_are_probed_and_confined():
    pod = one("deployment.yaml")["spec"]["template"]["spec"]
    [migrate], [api] = pod["initContainers"], pod["containers"]
    assert (migrate["args"], api["args"]) == (["db:migrate"], ["serve"])
    paths = {name: api[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {"startupProbe": "/health", "livenessProbe": "/health", "readinessProbe": "/ready"}
    assert all(api[name]["httpGet"]["httpHeaders"] == [{"name": "Host", "value": "localhost"}] for name in paths)
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in (migrate, api):
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                                                "capabilities": {"drop": ["ALL"]}}


def test_the_probes_are_answered_as_a_pod_is_asked(api):
    """By an address, with the header of the manifest."""
    for path in ("/health", "/ready"):
        assert api.session.get(f"http://127.0.0.1:{api.port}{path}", headers={"Host": "localhost"}, timeout=30).status_code == 200


def test_the_image_says_whether_it_is_healthy(api):
    healthy = ["bash", CONTAINER / "healthy"]
    assert subprocess.run(healthy, env={"PORT": str(api.port)}, timeout=30, check=False).returncode == 0
    assert subprocess.run(healthy, env={"PORT": str(api.port), "TLS_CERT": "/x"}, timeout=30, check=False).returncode == 0
    api.stop()
    assert subprocess.run(healthy, env={"PORT": str(api.port), "TLS_CERT": "/x"}, timeout=30, check=False, capture_output=True).returncode != 0
    assert subprocess.run(healthy, env={"PORT": str(api.port)}, timeout=30, check=False, capture_output=True).returncode != 0
