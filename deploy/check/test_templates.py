"""The templates pass cfn-lint, checkov and our own rules; and each rule of ours finds what it is for."""

import json
import re
import tempfile
import unittest
from pathlib import Path

import linting
import yaml
from cfnlint.decode import decode

EXAMPLES = linting.HERE / "examples"
PROJECT = linting.HERE.parents[1]
OURS = {f"E91{number:02}" for number in range(1, 11)}


def spoilt(folder):
    """Writes the examples that are a template of ours with a change, and says which rule each is of."""
    for path in sorted(EXAMPLES.glob("*.changes.yaml")):
        example = yaml.safe_load(path.read_text())
        whole = (linting.TEMPLATES / example["of"]).read_text()
        for number, change in enumerate(example["changes"]):
            if change["replace"] not in whole:
                raise AssertionError(f"{path.name}: {change['replace']!r} is not in {example['of']} any more")
            written = Path(folder) / f"{path.name.split('.')[0]}-{number}.yaml"
            written.write_text(whole.replace(change["replace"], change["by"], 1))
            yield written, path.name.split(".")[0]


class Templates(unittest.TestCase):
    def test_every_template_passes_cfn_lint_and_our_rules(self):
        for path, found in linting.lint(sorted(linting.TEMPLATES.glob("*.yaml"))).items():
            with self.subTest(path.name):
                self.assertEqual(found, [])

    def test_what_lies_in_us_east_1_passes_there(self):
        paths = [linting.TEMPLATES / name for name in ("global.yaml", "outside.yaml")]
        for path, found in linting.lint(paths, "us-east-1").items():
            with self.subTest(path.name):
                self.assertEqual(found, [])

    def test_checkov_finds_what_the_skip_list_explains_and_nothing_else(self):
        found, skipped = linting.checkov(linting.TEMPLATES), linting.skips()
        self.assertEqual(found - set(skipped), set(), "found, and not explained")
        self.assertEqual(set(skipped) - found, set(), "explained, and not found any more")
        for line, why in skipped.items():
            self.assertGreater(len(why.split()), 4, f"{line}: that is no reason")


class Promises(unittest.TestCase):
    """What the templates name of the code, and the runbook of the templates."""

    def test_every_metric_that_is_collected_or_shown_is_one_that_the_binary_tells(self):
        told = "".join(path.read_text() for path in sorted((PROJECT / "api/src/telemetry").glob("**/*.rs")))
        told = set(re.findall(r'"(mendmap_[a-z_]+)"', told))
        asked = set()
        for path in linting.TEMPLATES.glob("*.yaml"):
            asked |= set(re.findall(r"\bmendmap_[a-z_]+\b", path.read_text()))
        self.assertTrue(asked)
        self.assertLessEqual(asked, told)

    def test_the_address_of_the_readiness_check_is_one_of_the_api(self):
        described = json.loads((PROJECT / "openapi/mendmap.json").read_text())["paths"]
        checks = re.findall(r"(?:HealthCheckPath|ResourcePath): (\S+?)[,\s]", "".join(path.read_text() for path in linting.TEMPLATES.glob("*.yaml")))
        self.assertEqual(len(checks), 2)
        self.assertLessEqual(set(checks), set(described))

    def test_every_alarm_of_a_service_level_in_the_runbook_is_there_and_calls_somebody(self):
        levels = (linting.HERE.parent / "README.md").read_text().split("## Service levels", 1)[1].split("\n## ", 1)[0]
        named = set(re.findall(r"`([A-Z]\w+)`", levels))
        there = set()
        for name in ("alarms.yaml", "outside.yaml", "backup.yaml"):
            for alarm, resource in decode(str(linting.TEMPLATES / name))[0]["Resources"].items():
                calls = {"AWS::CloudWatch::Alarm": "AlarmActions", "AWS::Events::Rule": "Targets"}.get(resource["Type"])
                if calls and "Page" in json.dumps(resource["Properties"][calls]):
                    there.add(alarm)
        self.assertTrue(named)
        self.assertLessEqual(named, there)


class Rules(unittest.TestCase):
    def test_every_rule_finds_its_example_and_no_other_rule_of_ours_does(self):
        with tempfile.TemporaryDirectory() as folder:
            examples = [(path, path.stem) for path in sorted(EXAMPLES.glob("E*.yaml")) if ".changes" not in path.name]
            examples += spoilt(folder)
            self.assertEqual({rule for _, rule in examples}, OURS, "each rule has an example")
            found = linting.lint([path for path, _ in examples])
        for path, rule in examples:
            with self.subTest(path.name):
                self.assertEqual({name for name, _, _ in found[path]} & OURS, {rule})

    def test_secrets_are_found_in_variables_and_in_outputs(self):
        example = EXAMPLES / "E9108.yaml"
        found = [message for rule, _, message in linting.lint([example])[example] if rule == "E9108"]
        self.assertEqual(len(found), 2, found)


if __name__ == "__main__":
    unittest.main()
