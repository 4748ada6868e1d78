"""Ports of security groups."""

from cfnlint.rules import CloudFormationLintRule, RuleMatch

# Kinds of resources that are rules themselves, and the lists of rules inside of a group.
RULES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
LISTS = ("SecurityGroupIngress", "SecurityGroupEgress")


class PortsAreInRange(CloudFormationLintRule):
    """EC2 refuses a port that is none only when the stack is made."""

    id = "E9104"
    shortdesc = "Ports of a security group are 0 to 65535, the lower one first"
    description = shortdesc
    tags = ["ec2"]

    def match(self, cfn):
        for name, resource in cfn.get_resources("AWS::EC2::SecurityGroup").items():
            for kind in LISTS:
                for at, rule in enumerate(resource["Properties"].get(kind, [])):
                    yield from wrong(rule, ["Resources", name, "Properties", kind, at])
        for kind in RULES:
            for name, resource in cfn.get_resources(kind).items():
                yield from wrong(resource["Properties"], ["Resources", name, "Properties"])


def wrong(rule, path):
    """What is wrong with the ports of one rule."""
    if rule.get("IpProtocol") not in ("tcp", "udp", 6, 17, "6", "17"):
        return
    ports = [rule.get("FromPort"), rule.get("ToPort")]
    numbers = [int(port) for port in ports if isinstance(port, (int, str))]
    if any(not 0 <= number <= 65535 for number in numbers):
        yield RuleMatch(path, f"there is no port outside of 0 to 65535: {ports}")
    elif len(numbers) == 2 and numbers[0] > numbers[1]:
        yield RuleMatch(path, f"the ports run backwards: {ports}")
