"""What CloudFront does with each address: cfn-lint knows its form, not whether it can work or is what edge.json says."""

import json
from pathlib import Path

from cfnlint.rules import CloudFormationLintRule, RuleMatch

EDGE = Path(__file__).parents[2] / "edge.json"
# AWS' own policies, the same in every account.
CACHES_NOTHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
PASSES_EVERYTHING = "216adef6-5c7f-47e4-b989-5492eafa07d3"
# What an answer that is kept may depend on besides its key: the site's name, and who follows the request.
HARMLESS = {"host", "traceparent"}
METHODS = {
    "read": {"GET", "HEAD", "OPTIONS"},
    "all": {"GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"},
}


def distributions(cfn):
    """Logical id and settings of each distribution."""
    for name, resource in cfn.get_resources("AWS::CloudFront::Distribution").items():
        yield name, resource["Properties"]["DistributionConfig"]


def behaviours(config):
    """Place and settings of each behaviour, in the order in which they hold."""
    for at, behaviour in enumerate(config.get("CacheBehaviors", [])):
        yield ["CacheBehaviors", at], behaviour
    yield ["DefaultCacheBehavior"], config["DefaultCacheBehavior"]


class BehaviourHasOrigin(CloudFormationLintRule):
    """A behaviour that names no origin is refused by CloudFront, after a quarter of an hour of deploying."""

    id = "E9101"
    shortdesc = "A behaviour names an origin of its distribution"
    description = shortdesc
    tags = ["cloudfront"]

    def match(self, cfn):
        for name, config in distributions(cfn):
            origins = {origin["Id"] for origin in config["Origins"]}
            for place, behaviour in behaviours(config):
                if behaviour["TargetOriginId"] not in origins:
                    path = ["Resources", name, "Properties", "DistributionConfig", *place, "TargetOriginId"]
                    yield RuleMatch(path, f"there is no origin {behaviour['TargetOriginId']!r} in {sorted(origins)}")


class BehavioursAreTheTable(CloudFormationLintRule):
    """The edge's rules stand in deploy/edge.json, for CloudFront and for the twin alike."""

    id = "E9109"
    shortdesc = "The behaviours are those of deploy/edge.json"
    description = shortdesc
    tags = ["cloudfront"]

    def match(self, cfn):
        table = json.loads(EDGE.read_text())
        policies = {
            name: resource["Properties"]["CachePolicyConfig"]
            for name, resource in cfn.get_resources("AWS::CloudFront::CachePolicy").items()
        }
        passing = {
            name: resource["Properties"]["OriginRequestPolicyConfig"]
            for name, resource in cfn.get_resources("AWS::CloudFront::OriginRequestPolicy").items()
        }
        for name, config in distributions(cfn):
            path = ["Resources", name, "Properties", "DistributionConfig"]
            found = list(behaviours(config))
            wanted = table["behaviours"]
            framed = {
                name for name, resource in cfn.get_resources("AWS::CloudFront::ResponseHeadersPolicy").items() if may_be_framed(resource)
            }
            for difference in kept_errors(config.get("CustomErrorResponses", []), table["errors"]):
                yield RuleMatch(path, f"edge.json says otherwise of errors: {difference}")
            origins = {origin["Id"] for origin in config["Origins"]}
            for at, (place, behaviour) in enumerate(found):
                if behaviour["TargetOriginId"] not in origins:
                    continue  # E9101 says so
                if at >= len(wanted):
                    yield RuleMatch(path + place, "edge.json has no more behaviours")
                    continue
                for difference in differences(behaviour, wanted[at], table["caches"], policies, passing):
                    yield RuleMatch(path + place, f"edge.json says otherwise of {wanted[at]['path']}: {difference}")
                if (behaviour.get("ResponseHeadersPolicyId", {}).get("Ref") in framed) != (wanted[at].get("frames") == "any"):
                    yield RuleMatch(path + place, f"edge.json says otherwise of {wanted[at]['path']}: who may frame it")
            for missing in wanted[len(found):]:
                yield RuleMatch(path, f"edge.json has a behaviour for {missing['path']}, too")


def may_be_framed(policy):
    """Whether a policy of headers lets other sites show a page in a frame: browsers ask both headers."""
    headers = policy["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    content = json.dumps(headers.get("ContentSecurityPolicy", {}))
    return "FrameOptions" not in headers and "frame-ancestors *" in content


def kept_errors(responses, wanted):
    """What CloudFront would do otherwise with errors: what it is not told of, it keeps for ten seconds."""
    told = {str(response["ErrorCode"]): response.get("ErrorCachingMinTTL") for response in responses}
    if told != wanted:
        yield f"here they are kept {told} seconds, not {wanted}"
    if any("ResponsePagePath" in response or "ResponseCode" in response for response in responses):
        yield "an error of the API stays what it is: no page is shown in its place"


def differences(behaviour, wanted, caches, policies, passing):
    """What CloudFront would do otherwise than the table's line `wanted` says."""
    if behaviour.get("PathPattern", "*") != wanted["path"]:
        yield f"here the path is {behaviour.get('PathPattern', '*')}"
        return
    if behaviour["TargetOriginId"] != wanted["origin"]:
        yield f"here the origin is {behaviour['TargetOriginId']}"
    if set(behaviour["AllowedMethods"]) != METHODS[wanted["methods"]]:
        yield f"here the methods are {behaviour['AllowedMethods']}"
    if behaviour["ViewerProtocolPolicy"] != "redirect-to-https":
        yield "http is not sent to https"
    # Pages of the app are made by a function, which would make a page of the API's 404, too.
    if bool(behaviour.get("FunctionAssociations")) != (wanted["origin"] == "spa"):
        yield "the function belongs to the app's behaviours, and to no other"
    cache = caches[wanted["cache"]]
    policy = behaviour["CachePolicyId"]
    if not cache:
        if policy != CACHES_NOTHING or behaviour.get("OriginRequestPolicyId") != PASSES_EVERYTHING:
            yield "nothing is to be cached, and everything passed on"
        return
    config = policies.get(policy.get("Ref")) if isinstance(policy, dict) else None
    if config is None:
        yield f"its cache policy is not the template's own for {wanted['cache']}"
    elif cached(config) != cache:
        yield f"its cache policy says {cached(config)}, not {cache}"
    if "OriginRequestPolicyId" in behaviour and not is_harmless(behaviour["OriginRequestPolicyId"], passing):
        yield "what is kept for everybody must not depend on what only one visitor sent: cookies, a token, a query outside of the key"
    if behaviour.get("Compress") != cache["compress"]:
        yield f"compress is {behaviour.get('Compress')}"


def is_harmless(policy, passing):
    """Whether a policy passes on, besides the cache's key, only what makes no two answers of one key."""
    config = passing.get(policy.get("Ref")) if isinstance(policy, dict) else None
    if config is None:
        return False
    if config["CookiesConfig"]["CookieBehavior"] != "none" or config["QueryStringsConfig"]["QueryStringBehavior"] != "none":
        return False
    headers = config["HeadersConfig"]
    named = {header.lower() for header in headers.get("Headers", [])}
    return headers["HeaderBehavior"] in ("none", "whitelist") and named <= HARMLESS


def cached(config):
    """A cache policy in the words of edge.json."""
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    query = key["QueryStringsConfig"]
    brotli, gzip = key["EnableAcceptEncodingBrotli"], key["EnableAcceptEncodingGzip"]
    return {
        "min_ttl": config["MinTTL"],
        "default_ttl": config["DefaultTTL"],
        "max_ttl": config["MaxTTL"],
        "query": query.get("QueryStrings", query["QueryStringBehavior"]),
        "headers": key["HeadersConfig"].get("Headers", []),
        "cookies": key["CookiesConfig"]["CookieBehavior"],
        "compress": brotli if brotli == gzip else f"brotli {brotli}, gzip {gzip}",
    }
