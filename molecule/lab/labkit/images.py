# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the lab's images. A tag is the hash of everything that went in, so that a second run finds all of them."""

import concurrent.futures
import contextlib
import fcntl
import hashlib
import json
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from . import outside, paths
from .podman import PodmanError, image_exists, logged, podman
from .progress import say, step

REGISTRY = "docker.io/library/debian"
NEWEST = "2026.11.0"
YAML_ERA = "2026.2.3"


@dataclass(frozen=True)
class Image:
    name: str
    folder: str = ""
    parent: str = ""
    suite: str = ""
    root: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    soft_yaml: str = ""


def _ha(name: str, version: str, parent: str, soft_yaml: str = "") -> list[Image]:
    return [
        Image(f"{name}-root", "ha-root", parent, arguments={"HA_VERSION": version}),
        Image(name, "ha", "base", root=f"{name}-root", soft_yaml=soft_yaml),
    ]


IMAGES = {
    image.name: image
    for image in [
        Image("trixie", suite="trixie"),
        Image("forky", suite="forky"),
        Image("base", "base", "trixie"),
        Image("router", "router", "base"),
        Image("actor", "actor", "base"),
        Image("acme", "acme", "base"),
        Image("vm", "vm", "base"),
        *_ha("ha", NEWEST, "forky"),
        # Before 2026.8 the HTTP settings live in YAML.
        *_ha("ha-2026-2", YAML_ERA, "trixie", soft_yaml="\nhttp:\n  server_port: 8123\n"),
    ]
}
DEFAULT = ("base", "router", "actor", "acme", "ha")


def _content(folder: Path) -> bytes:
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{file.relative_to(folder)} {file.stat().st_mode & 0o111:o}\n".encode() + file.read_bytes())
    return digest.digest()


def tag(name: str) -> str:
    image = IMAGES[name]
    digest = hashlib.sha256(repr(image).encode())
    for upstream in filter(None, (image.parent, image.root)):
        digest.update(tag(upstream).encode())
    if image.folder:
        digest.update(_content(paths.IMAGES / image.folder))
    if image.root:
        digest.update((paths.LAB / "secrets.yml").read_bytes())
    return f"localhost/hearthwall/{name}:{digest.hexdigest()[:12]}"


def seed_facts(name: str) -> dict:
    """What tests know about the people of a Home Assistant image: a label, so that no file on the host tells."""
    labels = json.loads(podman("image", "inspect", "--format", "{{json .Labels}}", tag(name)).stdout) or {}
    return json.loads(labels.get("hearthwall.seed", "{}"))


class Builder:
    def __init__(self) -> None:
        self._pool = concurrent.futures.ThreadPoolExecutor(max_workers=8)
        self._working = threading.Semaphore(2)
        self._wanted: dict[str, concurrent.futures.Future] = {}
        self._given = paths.STATE / "build"

    def build(self, names: tuple[str, ...]) -> None:
        paths.prepare()
        if all(image_exists(tag(name)) for name in names):
            return
        with (paths.STATE / "build.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            outside.write(self._given)
            for future in [self._want(name) for name in names]:
                future.result(timeout=3600)

    def _want(self, name: str) -> concurrent.futures.Future:
        if name not in self._wanted:
            image = IMAGES[name]
            missing = not image_exists(tag(name))
            needs = [self._want(upstream) for upstream in (image.parent, image.root) if upstream and missing]
            self._wanted[name] = self._pool.submit(self._make, image, needs)
        return self._wanted[name]

    def _make(self, image: Image, needs: list[concurrent.futures.Future]) -> None:
        for need in needs:
            need.result()
        if image_exists(tag(image.name)):
            return
        with self._working, step(f"image {image.name}"):
            if image.suite:
                self._debian(image)
            elif image.root:
                self._lived_in(image)
            else:
                self._containerfile(image, paths.IMAGES / image.folder, image.arguments)

    def _debian(self, image: Image) -> None:
        published = f"{REGISTRY}:{image.suite}-slim"
        if self._registry() and podman("pull", "-q", published, timeout=120, check=False).returncode == 0:
            say(f"image {image.name}: pulled {published}")
            podman("tag", published, tag(image.name))
            return
        say(f"image {image.name}: no registry answers, building it with mmdebstrap")
        with tempfile.TemporaryDirectory(dir=paths.STATE) as folder:
            archive = Path(folder) / "root.tar"
            options = [f"--aptopt={line}" for line in outside.apt_settings()]
            logged(
                ["mmdebstrap", "--variant=minbase", *options, image.suite, str(archive), outside.mirror()],
                paths.LOGS / f"{image.name}.log",
                900,
            )
            podman("import", "-q", str(archive), tag(image.name), timeout=120)

    @staticmethod
    def _registry() -> bool:
        """A quick look, because podman itself tries for minutes."""
        answer = subprocess.run(
            ["curl", "-s", "-o", "/dev/null", "-m", "5", "https://registry-1.docker.io/v2/"],
            stdin=subprocess.DEVNULL,
            timeout=10,
            check=False,
        )
        return answer.returncode == 0

    def _containerfile(self, image: Image, context: Path, arguments: dict, labels: dict | None = None) -> None:
        given = {"BASE": tag(image.parent), **arguments}
        how = "--network host --isolation chroot --pull=never --layers=false --format docker --ulimit nofile=8192:8192"
        lent = ["--volume", f"{self._given}:/run/build:ro", "--volume", "/etc/resolv.conf:/etc/resolv.conf:ro"]
        command = ["podman", "build", *how.split(), *lent, "--tag", tag(image.name)]
        for name, value in given.items():
            command += ["--build-arg", f"{name}={value}"]
        for name, value in (labels or {}).items():
            command += ["--label", f"{name}={value}"]
        logged([*command, str(context)], paths.LOGS / f"{image.name}.log", 1800)

    def _lived_in(self, image: Image) -> None:
        """Home Assistant onboarded for real, in a container without any network, then set into its host."""
        with tempfile.TemporaryDirectory(dir=paths.STATE) as folder:
            context = Path(folder) / "context"
            shutil.copytree(paths.IMAGES / image.folder, context)
            config = context / "config"
            shutil.copytree(context / "soft", config)
            with (config / "configuration.yaml").open("a") as yaml:
                yaml.write(image.soft_yaml)
            seed = context / "seed"
            shutil.copy(paths.LAB / "secrets.yml", seed)
            facts = self._seed(image, config, seed)
            self._containerfile(image, context, {"ROOT": tag(image.root)}, {"hearthwall.seed": json.dumps(facts)})

    @staticmethod
    def _seed(image: Image, config: Path, seed: Path) -> dict:
        for path in (config, *config.rglob("*")):
            shutil.chown(path, 900, 900)
        name = f"hearthwall-seed-{image.name}"
        podman("rm", "-f", "-i", name)
        try:
            how = f"--name {name} --network none --user 900:900 --env HOME=/config"
            lent = ["--volume", f"{config}:/config", "--volume", f"{seed}:/seed:ro"]
            seeding = ["/opt/homeassistant/bin/python", "/seed/seed.py"]
            done = podman("run", *how.split(), *lent, tag(image.root), *seeding, timeout=300, check=False)
            (paths.LOGS / f"{image.name}-seed.log").write_text(done.stderr)
        finally:
            with contextlib.suppress(PodmanError):
                podman("rm", "-f", "-i", name)
        if done.returncode:
            raise PodmanError(f"seeding {image.name} failed: {done.stderr[-1500:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])
