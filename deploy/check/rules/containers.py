"""Services, the tasks they run, and what the binary reads from its environment."""

import re
from pathlib import Path

from cfnlint.rules import CloudFormationLintRule, RuleMatch

README = Path(__file__).parents[3] / "README.md"
# Names of containers that run our binary; a sidecar's variables are its own.
OURS = {"api", "worker", "migration"}
# What the table names only as a form: each secret can be given as a file, too.
FILE = "_FILE"


def tasks(cfn):
    """Logical id and properties of each task definition."""
    for name, resource in cfn.get_resources("AWS::ECS::TaskDefinition").items():
        yield name, resource["Properties"]


def settings():
    """Every variable the binary reads: the README's table, which a test of the API compares with the code."""
    section = README.read_text().split("## Configuration", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", section, re.MULTILINE))


class ServiceFindsContainer(CloudFormationLintRule):
    """A load balancer's container and port must be in the task, or the service never becomes stable."""

    id = "E9102"
    shortdesc = "A service's container and port are in its task"
    description = shortdesc
    tags = ["ecs"]

    def match(self, cfn):
        known = dict(tasks(cfn))
        for name, resource in cfn.get_resources("AWS::ECS::Service").items():
            properties = resource["Properties"]
            task = properties.get("TaskDefinition")
            task = known.get(task.get("Ref")) if isinstance(task, dict) else None
            if task is None:
                continue
            open_ports = {
                (container["Name"], mapping["ContainerPort"])
                for container in task["ContainerDefinitions"]
                for mapping in container.get("PortMappings", [])
            }
            for at, balancer in enumerate(properties.get("LoadBalancers", [])):
                wanted = (balancer["ContainerName"], balancer["ContainerPort"])
                if wanted not in open_ports:
                    yield RuleMatch(
                        ["Resources", name, "Properties", "LoadBalancers", at],
                        f"its task has no container {wanted[0]!r} that listens on {wanted[1]}",
                    )


class TargetsAreAddresses(CloudFormationLintRule):
    """Tasks with a network of their own (awsvpc, and so all of Fargate) are targets by address."""

    id = "E9103"
    shortdesc = "Targets of tasks with awsvpc are of type ip"
    description = shortdesc
    tags = ["ecs"]

    def match(self, cfn):
        if not any(task.get("NetworkMode") == "awsvpc" for _, task in tasks(cfn)):
            return
        for name, resource in cfn.get_resources("AWS::ElasticLoadBalancingV2::TargetGroup").items():
            kind = resource["Properties"].get("TargetType", "instance")
            if kind != "ip":
                yield RuleMatch(["Resources", name, "Properties"], f"the tasks have awsvpc, and the target type is {kind}")


class VariablesAreSettings(CloudFormationLintRule):
    """A variable that the binary does not read is a setting that silently does nothing."""

    id = "E9107"
    shortdesc = "Every variable of our containers is a setting of mendmap"
    description = shortdesc
    tags = ["ecs"]

    def match(self, cfn):
        known = settings()
        for name, task in tasks(cfn):
            for at, container in enumerate(task["ContainerDefinitions"]):
                if container["Name"] not in OURS:
                    continue
                for kind in ("Environment", "Secrets"):
                    for place, variable in enumerate(container.get(kind, [])):
                        if variable["Name"].removesuffix(FILE) not in known:
                            yield RuleMatch(
                                ["Resources", name, "Properties", "ContainerDefinitions", at, kind, place],
                                f"`mendmap config` knows no {variable['Name']}",
                            )
