"""Writes what is in the image as a CycloneDX bill of materials to standard output.

    deploy/containers/sbom.py ROOT

The crates are those that the binary's own normal dependencies resolve to (`cargo metadata --locked`, which reads Cargo.lock); the
libraries are the Debian packages that the files below ROOT came from.
"""

import json
import subprocess
import sys
from pathlib import Path

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot5
from packageurl import PackageURL

PROJECT = Path(__file__).parents[2]
BINARY = "mendmap-api"


def told(*command):
    """What a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=PROJECT).stdout


def crates():
    """Name and version of each crate that is compiled into the binary; our own come first."""
    host = next(line.split(": ")[1] for line in told("rustc", "-vV").splitlines() if line.startswith("host: "))
    known = json.loads(told("cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host))
    packages = {package["id"]: package for package in known["packages"]}
    needs = {
        node["id"]: [need["pkg"] for need in node["deps"] if any(kind["kind"] is None for kind in need["dep_kinds"])]
        for node in known["resolve"]["nodes"]
    }
    open_ids = [identity for identity, package in packages.items() if package["name"] == BINARY]
    seen = set(open_ids)
    while open_ids:
        for need in needs[open_ids.pop()]:
            # A procedural macro runs while compiling and is not in what was compiled.
            macro = any("proc-macro" in target["kind"] for target in packages[need]["targets"])
            if need not in seen and not macro:
                seen.add(need)
                open_ids.append(need)
    return sorted((packages[identity]["name"], packages[identity]["version"]) for identity in seen)


def debian_packages(root):
    """Name and version of each Debian package that a library below the image's root came from."""
    files = ["/" + str(path.relative_to(root)) for path in sorted(root.glob("**/*.so*")) if path.is_file()]
    names = set()
    for file in files:
        # The loader is found by its old address, and belongs to a package by its new one.
        for place in (file, file.removeprefix("/usr"), "/usr" + file, str(Path(file).resolve())):
            found = subprocess.run(["dpkg-query", "--search", place], capture_output=True, text=True, check=False)
            if found.returncode == 0:
                names.add(found.stdout.split(":", 1)[0])
                break
        else:
            raise SystemExit(f"sbom.py: no package has {file}")
    names.add("ca-certificates")
    shown = told("dpkg-query", "--show", "--showformat=${Package}\t${Version}\n", *sorted(names))
    return sorted(tuple(line.split("\t")) for line in shown.splitlines())


def component(kind, namespace, name, version):
    """One part, named as package URLs do (https://github.com/package-url/purl-spec)."""
    url = PackageURL(kind, namespace, name, version)
    return Component(name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=f"{kind}:{name}@{version}")


def bill(root):
    """The bill of materials."""
    made = Bom()
    compiled = crates()
    version = dict(compiled)[BINARY]
    image = Component(name="mendmap", version=version, type=ComponentType.CONTAINER, bom_ref="image")
    made.metadata.component = image
    for name, version in compiled:
        made.components.add(component("cargo", None, name, version))
    for name, version in debian_packages(root):
        made.components.add(component("deb", "debian", name, version))
    lock = json.loads((PROJECT / "deploy/containers/database-ca/package-lock.json").read_text())
    for place, package in lock["packages"].items():
        if place:
            name, version = place.removeprefix("node_modules/"), package["version"]
            made.components.add(component("npm", None, name, version))
    made.register_dependency(image, made.components)
    return JsonV1Dot5(made).output_as_string(indent=2)


if __name__ == "__main__":
    print(bill(Path(sys.argv[1])))
