"""Secrets where everybody who may look at a stack or a task reads them."""

import re

from cfnlint.rules import CloudFormationLintRule, RuleMatch

SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|(^|_)KEY$)", re.IGNORECASE)
# A name that says where a secret is, or which one, is none.
NAME_OF_ONE = re.compile(r"(Arn|Name|Id|_FILE)$")
RESOLVED = re.compile(r"\{\{resolve:(secretsmanager|ssm-secure):")
PASSWORD_IN_ADDRESS = re.compile(r"[a-z]+://[^/@\s:]*:[^@/\s]+@")


def texts(value):
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def tells(value):
    """Why a value is a secret, or nothing."""
    for text in texts(value):
        if RESOLVED.search(text):
            return "a secret is filled in there"
        if PASSWORD_IN_ADDRESS.search(text):
            return "there is a password in its address"
    return None


class SecretsAreSecrets(CloudFormationLintRule):
    """Variables, outputs and parameters are shown to everybody who may describe a task or a stack."""

    id = "E9108"
    shortdesc = "No secret in a plain variable, output or parameter"
    description = shortdesc
    tags = ["secrets"]

    def match(self, cfn):
        for name, resource in cfn.get_resources("AWS::ECS::TaskDefinition").items():
            for at, container in enumerate(resource["Properties"]["ContainerDefinitions"]):
                for place, variable in enumerate(container.get("Environment", [])):
                    path = ["Resources", name, "Properties", "ContainerDefinitions", at, "Environment", place]
                    if SECRET_NAME.search(variable["Name"]) and not NAME_OF_ONE.search(variable["Name"]):
                        yield RuleMatch(path, f"{variable['Name']} belongs into Secrets")
                    elif why := tells(variable.get("Value")):
                        yield RuleMatch(path, f"{variable['Name']}: {why}")
        for name, output in cfn.template.get("Outputs", {}).items():
            if SECRET_NAME.search(name) and not NAME_OF_ONE.search(name):
                yield RuleMatch(["Outputs", name], f"{name} would be shown to everybody")
            elif why := tells(output.get("Value")):
                yield RuleMatch(["Outputs", name], f"{name}: {why}")
        for name, parameter in cfn.template.get("Parameters", {}).items():
            if SECRET_NAME.search(name) and not NAME_OF_ONE.search(name) and not parameter.get("NoEcho"):
                yield RuleMatch(["Parameters", name], f"{name} would be shown to everybody")
