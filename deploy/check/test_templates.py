"""The templates pass cfn-lint, checkov and our own rules; and each rule of ours finds what it is for."""

import tempfile
import unittest
from pathlib import Path

import linting
import yaml

EXAMPLES = linting.HERE / "examples"
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
