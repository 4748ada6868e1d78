"""The root template and its parts."""

from pathlib import Path

from cfnlint.decode import decode
from cfnlint.rules import CloudFormationLintRule, RuleMatch


def references(value, path):
    """Every attribute that is asked for in a value: place, resource, attribute."""
    if isinstance(value, dict):
        asked = value.get("Fn::GetAtt")
        if asked is not None:
            resource, attribute = asked if isinstance(asked, list) else asked.split(".", 1)
            yield path, resource, attribute
        for key, inner in value.items():
            yield from references(inner, [*path, key])
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from references(inner, [*path, at])


class PartsAnswer(CloudFormationLintRule):
    """What is asked of a part is one of its outputs. (That it gets its parameters, cfn-lint knows: E3043.)"""

    id = "E9110"
    shortdesc = "An output that is asked of a part is there"
    description = shortdesc
    tags = ["cloudformation"]

    def match(self, cfn):
        outputs = {}
        for name, resource in cfn.get_resources("AWS::CloudFormation::Stack").items():
            address = resource["Properties"]["TemplateURL"]
            part = Path(cfn.filename).parent / address if isinstance(address, str) else None
            if part and part.is_file():
                outputs[name] = set(decode(str(part))[0].get("Outputs", {}))
        for path, resource, attribute in references(cfn.template, []):
            if resource in outputs and attribute.removeprefix("Outputs.") not in outputs[resource]:
                yield RuleMatch(path, f"{resource} has no output {attribute.removeprefix('Outputs.')}")
