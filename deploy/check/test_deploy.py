"""What deploy.sh does, in which order, and where it stops: with a stand-in for the AWS command line that writes down what is asked."""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import linting
from cfnlint.decode import decode

DEPLOY = linting.HERE.parent
# Each output of each template, as describe-stacks gives them.
OUTPUTS = "\n".join(
    f"{name}\tvalue-of-{name}"
    for path in sorted(linting.TEMPLATES.glob("*.yaml"))
    for name in decode(str(path))[0].get("Outputs", {})
)
IMAGE = "000000000000.dkr.ecr.eu-west-2.amazonaws.com/mendmap@sha256:" + "0" * 64
# Answers as AWS' command line gives them: by what the command begins with, else an empty line.
AWS = r"""#!/usr/bin/python3 -IS
import json, os, sys
command = sys.argv[1:]
told = {"command": command}
if "file:///dev/stdin" in command:
    told["stdin"] = sys.stdin.read()
with open(os.environ["TOLD"], "a") as told_file:
    told_file.write(json.dumps(told) + "\n")
line = " ".join(command)
answers = json.loads(os.environ["ANSWERS"])
for begins, answer in answers.items():
    if line.startswith(begins.split("…")[0]) and all(part in line for part in begins.split("…")):
        if answer == "fails":
            sys.exit(254)
        print(answer)
        break
"""


class Run:
    """One run in a folder of its own."""

    def __init__(self, folder, settings=None, script="deploy.sh", arguments=None, **answers):
        self.folder = Path(folder)
        (self.folder / "bin").mkdir()
        tool = self.folder / "bin/aws"
        tool.write_text(AWS)
        tool.chmod(0o755)
        app = self.folder / "dist"
        (app / "assets").mkdir(parents=True)
        for name in ("index.html", "favicon.svg", "assets/app-1.js", "assets/app-1.wasm"):
            for ending in ("", ".br", ".gz"):
                (app / (name + ending)).write_text(name)
        file = self.folder / "settings"
        example = (DEPLOY / "cloudformation/settings.example").read_text()
        file.write_text(example if settings is None else settings(example))
        known = {
            "sts get-caller-identity": "000000000000",
            "ecs run-task": "arn:task",
            "ecs describe-tasks…lastStatus": "STOPPED",
            "ecs describe-tasks…exitCode": "0",
            "iam list-access-keys": "",
            "iam create-access-key": json.dumps({"AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "example"}),
            "ec2 describe-managed-prefix-lists": "pl-00000000",
            "cloudformation describe-stacks…Parameters": "None",
            "cloudformation describe-stacks…Outputs": OUTPUTS,
            **answers,
        }
        told = self.folder / "told"
        told.touch()
        environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "TOLD": str(told),
            "ANSWERS": json.dumps(known),
        }
        command = [DEPLOY / script, *(arguments or [file, IMAGE, app])]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        self.code, self.said = done.returncode, done.stderr + done.stdout
        self.told = [json.loads(line) for line in told.read_text().splitlines()]

    def lines(self, begins):
        """What was asked that begins so, in its order."""
        return [line for line in (" ".join(told["command"]) for told in self.told) if line.startswith(begins)]

    def steps(self):
        """What changes something, in its order, each by a word."""
        steps = []
        for told in self.told:
            line = " ".join(told["command"])
            if line.startswith("cloudformation deploy"):
                stack = re.search(r"--stack-name (\S+)", line)[1]
                image = re.search(r" Image=(\S*)", line + " ")
                steps.append(stack + ("" if image is None else " with the image" if image[1] == IMAGE else f" with {image[1] or 'none'}"))
            elif line.startswith("ecs run-task"):
                steps.append("migration")
            elif line.startswith("s3 cp"):
                steps.append("assets" if "/assets/" in line else "pages")
        return [step for at, step in enumerate(steps) if at == 0 or steps[at - 1] != step]


class FirstDeployment(unittest.TestCase):
    """What one run that goes well has asked for."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.run_through = Run(folder.name)

    def test_the_database_is_migrated_before_anything_runs_the_new_image_and_pages_come_last(self):
        run = self.run_through
        self.assertEqual(run.code, 0, run.said)
        self.assertEqual(run.steps(), [
            "mendmap-global", "mendmap-vault", "mendmap with none", "migration", "assets", "mendmap with the image", "pages", "mendmap-outside",
        ])

    def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_for_each_time(self):
        run = self.run_through
        for line in run.lines("s3 cp"):
            immutable = "--cache-control public, max-age=31536000, immutable" in line
            self.assertEqual(immutable, "/assets/" in line, line)
        wasm = next(line for line in run.lines("s3 cp") if line.endswith("/assets/app-1.wasm.br"))
        self.assertIn("--content-type application/wasm --content-encoding br", wasm)
        self.assertEqual(len(run.lines("s3 cp")), 12)

    def test_every_parameter_it_gives_is_one_of_the_template(self):
        template, _ = decode(str(linting.TEMPLATES / "main.yaml"))
        run = self.run_through
        line = [told["command"] for told in run.told if told["command"][:2] == ["cloudformation", "deploy"] and "mendmap" in told["command"]][0]
        given = {pair.split("=", 1)[0] for pair in line[line.index("--parameter-overrides") + 1:]}
        self.assertLessEqual(given, set(template["Parameters"]))
        needed = {name for name, parameter in template["Parameters"].items() if "Default" not in parameter}
        self.assertLessEqual(needed, given)

    def test_no_secret_stands_in_a_command_line(self):
        run = self.run_through
        put = [told for told in run.told if told["command"][:2] == ["secretsmanager", "put-secret-value"]]
        self.assertEqual(len(put), 1)
        signature = b"AWS4example"
        for part in (b"11111111", b"eu-west-2", b"ses", b"aws4_request", b"SendRawEmail"):
            signature = hmac.new(signature, part, hashlib.sha256).digest()
        password = base64.b64encode(b"\x04" + signature).decode()
        self.assertEqual(json.loads(put[0]["stdin"]), {"user": "AKIAEXAMPLE", "password": password})
        self.assertNotIn(password, json.dumps([told["command"] for told in run.told]))


class Deploy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def test_an_upgrade_keeps_the_image_that_runs_until_the_migration_is_done(self):
        run = Run(self.folder, **{"cloudformation describe-stacks…Parameters": "old@sha256:1"})
        self.assertEqual(run.steps()[2:6], ["mendmap with old@sha256:1", "migration", "assets", "mendmap with the image"])

    def test_a_migration_that_fails_stops_before_the_roll(self):
        run = Run(self.folder, **{"ecs describe-tasks…exitCode": "1"})
        self.assertNotEqual(run.code, 0)
        self.assertIn("the old version runs on", run.said)
        self.assertEqual(run.steps()[-1], "migration")

    def test_an_image_without_a_digest_and_settings_that_lack_something_are_refused_before_anything_is_made(self):
        for number, (settings, image) in enumerate([
            (None, "mendmap:latest"),
            (lambda text: text.replace("AlarmEmail=", "#"), IMAGE),
            (lambda text: text.replace("CopyRegion=eu-west-1", "CopyRegion=eu-west-2"), IMAGE),
            (lambda text: text.replace("HostedZoneId=", "#"), IMAGE),
            (lambda text: text + "$(touch x)=1\n", IMAGE),
        ]):
            folder = Path(self.folder) / str(number)
            folder.mkdir()
            run = Run(folder, settings, arguments=[folder / "settings", image, folder / "dist"])
            self.assertEqual((run.code, run.told), (1, []), run.said)

    def test_where_a_file_has_no_compressed_copy_it_stands_in_its_place_itself(self):
        def spoil(text):
            (Path(self.folder) / "dist/assets/app-1.js.br").unlink()
            return text

        run = Run(self.folder, spoil)
        self.assertEqual(run.code, 0, run.said)
        (line,) = [line for line in run.lines("s3 cp") if line.endswith("/assets/app-1.js.br")]
        self.assertIn(" assets/app-1.js s3://", line)
        self.assertNotIn("--content-encoding", line)

    def test_a_password_that_is_there_is_not_made_again_by_the_next_deployment(self):
        run = Run(self.folder, **{"iam list-access-keys": "AKIAOLD"})
        self.assertEqual(run.code, 0, run.said)
        self.assertEqual(run.lines("iam create-access-key"), [])

    def test_a_new_password_makes_room_by_deleting_the_oldest_of_two_keys(self):
        run = Run(self.folder, script="smtp-password.sh", arguments=["eu-west-2", "user", "secret"], **{"iam list-access-keys": "AKIAOLD\tAKIANEW"})
        self.assertEqual(run.code, 0, run.said)
        self.assertEqual(run.lines("iam delete-access-key"), ["iam delete-access-key --user-name user --access-key-id AKIAOLD"])


if __name__ == "__main__":
    unittest.main()
