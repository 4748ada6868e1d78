"""Bodies of dashboards."""

import json
import re

from cfnlint.rules import CloudFormationLintRule, RuleMatch


class DashboardIsJson(CloudFormationLintRule):
    """CloudWatch takes a dashboard's body as JSON with widgets, and says so only when the stack is made."""

    id = "E9106"
    shortdesc = "A dashboard's body is JSON with widgets"
    description = shortdesc
    tags = ["cloudwatch"]

    def match(self, cfn):
        for name, resource in cfn.get_resources("AWS::CloudWatch::Dashboard").items():
            body = resource["Properties"]["DashboardBody"]
            if isinstance(body, dict):
                body = body.get("Fn::Sub")
                body = body[0] if isinstance(body, list) else body
            if not isinstance(body, str):
                continue
            path = ["Resources", name, "Properties", "DashboardBody"]
            try:
                # What is filled in later stands inside of quotation marks, and may be anything.
                read = json.loads(re.sub(r"\$\{[^}]*\}", "x", body))
            except ValueError as error:
                yield RuleMatch(path, f"not JSON: {error}")
                continue
            if not isinstance(read, dict) or not read.get("widgets"):
                yield RuleMatch(path, "there is no widget in it")
