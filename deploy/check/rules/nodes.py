"""Nodes of a cache."""

from cfnlint.rules import CloudFormationLintRule, RuleMatch


class ZonesHaveNodes(CloudFormationLintRule):
    """ElastiCache spreads a Memcached over zones only where there are nodes to spread."""

    id = "E9105"
    shortdesc = "A Memcached over several zones has two nodes or more"
    description = shortdesc
    tags = ["elasticache"]

    def match(self, cfn):
        for name, resource in cfn.get_resources("AWS::ElastiCache::CacheCluster").items():
            properties = resource["Properties"]
            if properties.get("AZMode") != "cross-az":
                continue
            nodes = properties.get("NumCacheNodes")
            if isinstance(nodes, dict) and "Ref" in nodes:
                # What may be given decides: a parameter that allows one node will be given one.
                nodes = cfn.template.get("Parameters", {}).get(nodes["Ref"], {}).get("MinValue", 1)
            if isinstance(nodes, (int, str, float)) and int(nodes) < 2:
                yield RuleMatch(["Resources", name, "Properties", "NumCacheNodes"], f"cross-az with {nodes} node")
