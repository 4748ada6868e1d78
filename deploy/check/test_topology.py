"""What the platform is said to be, held against the templates: each part plays its role."""

import unittest

import linting
from cfnlint.decode import decode

PARTS = {path.stem: decode(str(path))[0] for path in sorted(linting.TEMPLATES.glob("*.yaml"))}


def resource(part, name):
    """Properties of a resource."""
    return PARTS[part]["Resources"][name]["Properties"]


def of_type(kind):
    """Part, name and properties of every resource of a type."""
    for part, template in PARTS.items():
        for name, one in template["Resources"].items():
            if one["Type"] == kind:
                yield part, name, one["Properties"]


def variables(container):
    """The plain variables of a container."""
    return {variable["Name"]: variable["Value"] for variable in container["Environment"]}


class Tasks(unittest.TestCase):
    def test_three_api_tasks_or_more_and_two_workers_run_in_two_zones_in_both_sizes(self):
        for size, values in PARTS["main"]["Mappings"]["Sizes"].items():
            self.assertGreaterEqual(values["MinTasks"], 3, size)
            self.assertGreater(values["MaxTasks"], values["MinTasks"], size)
        self.assertGreaterEqual(PARTS["main"]["Resources"]["Worker"]["Properties"]["Parameters"]["MinTasks"], 2)
        subnets = PARTS["network"]["Outputs"]["TaskSubnets"]["Value"]["Fn::Join"][1]
        zones = [str(resource("network", subnet["Ref"])["AvailabilityZone"]) for subnet in subnets]
        self.assertEqual(len(set(zones)), 2)

    def test_a_task_has_no_public_address_no_root_no_shell_to_enter_and_writes_nowhere_but_to_the_photos(self):
        for _, _, service in of_type("AWS::ECS::Service"):
            self.assertEqual(service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"], "DISABLED")
            self.assertFalse(service["EnableExecuteCommand"])
        for part, name, task in of_type("AWS::ECS::TaskDefinition"):
            for container in task["ContainerDefinitions"]:
                where = f"{part} {name} {container['Name']}"
                self.assertTrue(container["ReadonlyRootFilesystem"], where)
                self.assertEqual(container["LinuxParameters"]["Capabilities"]["Drop"], ["ALL"], where)
                self.assertNotIn(container["User"].split(":")[0], ("0", "root"), where)
                self.assertNotIn("Add", container["LinuxParameters"]["Capabilities"], where)

    def test_a_bad_roll_is_taken_back_and_a_good_one_keeps_what_the_load_has_asked_for(self):
        for part, _, service in of_type("AWS::ECS::Service"):
            deployment = service["DeploymentConfiguration"]
            self.assertEqual(deployment["DeploymentCircuitBreaker"], {"Enable": True, "Rollback": True}, part)
            self.assertEqual((deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]), (100, 200), part)
            self.assertNotIn("DesiredCount", service, part)

    def test_only_the_migration_migrates(self):
        commands = {}
        for _, _, task in of_type("AWS::ECS::TaskDefinition"):
            for container in task["ContainerDefinitions"]:
                if "Command" in container:
                    commands[container["Name"]] = container["Command"]
                    if container["Name"] != "migration":
                        self.assertEqual(variables(container)["MIGRATE_AT_START"], "false")
        self.assertEqual(commands, {"api": ["serve"], "worker": ["worker"], "migration": ["migrate"]})
        self.assertNotIn("Migration", [service["TaskDefinition"].get("Ref") for _, _, service in of_type("AWS::ECS::Service")])

    def test_api_tasks_follow_requests_and_load(self):
        followed = {
            policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"]
            for part, _, policy in of_type("AWS::ApplicationAutoScaling::ScalingPolicy")
            if part == "api"
        }
        self.assertEqual(followed, {"ALBRequestCountPerTarget", "ECSServiceAverageCPUUtilization"})

    def test_a_task_finishes_before_it_is_killed(self):
        for _, _, task in of_type("AWS::ECS::TaskDefinition"):
            for container in task["ContainerDefinitions"]:
                if container["Name"] in ("api", "worker"):
                    self.assertGreater(container["StopTimeout"], int(variables(container)["DRAIN_SECONDS"]))


class Entrance(unittest.TestCase):
    def test_nothing_but_cloudfront_reaches_the_load_balancer(self):
        self.assertEqual(resource("api", "LoadBalancer")["Scheme"], "internal")
        ingress = resource("network", "LoadBalancerGroup")["SecurityGroupIngress"]
        self.assertEqual([(rule["FromPort"], rule["SourcePrefixListId"]) for rule in ingress], [(443, {"Ref": "CloudFrontPrefixList"})])
        for _, _, listener in of_type("AWS::ElasticLoadBalancingV2::Listener"):
            self.assertEqual(listener["Protocol"], "HTTPS")
            self.assertIn("TLS13", listener["SslPolicy"])
        for _, _, rule in of_type("AWS::EC2::SecurityGroupIngress"):
            self.assertNotEqual(rule["GroupId"], {"Ref": "LoadBalancerGroup"})

    def test_no_security_group_lets_the_world_in(self):
        for part, name, group in of_type("AWS::EC2::SecurityGroup"):
            for rule in group.get("SecurityGroupIngress", []):
                self.assertTrue({"SourceSecurityGroupId", "SourcePrefixListId"} & set(rule), f"{part} {name}")

    def test_the_bucket_is_read_by_this_distribution_only(self):
        for statement in resource("edge", "AppPolicy")["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                self.assertEqual(statement["Principal"], {"Service": "cloudfront.amazonaws.com"})
                self.assertIn("aws:SourceArn", statement["Condition"]["StringEquals"])
        self.assertTrue(all(resource("edge", "App")["PublicAccessBlockConfiguration"].values()))

    def test_the_firewall_counts_addresses_lets_photos_in_and_logs_nobodys_sign_in(self):
        rules = {rule["Name"]: rule for rule in resource("global", "Firewall")["Rules"]}
        self.assertIn("RateBasedStatement", rules["rate"]["Statement"])
        common = rules["common"]["Statement"]["ManagedRuleGroupStatement"]
        self.assertEqual(common["RuleActionOverrides"], [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}])
        redacted = [field.get("SingleHeader", {}).get("Name") for field in resource("global", "Logging")["RedactedFields"]]
        self.assertLessEqual({"authorization", "cookie"}, set(redacted))


class Kept(unittest.TestCase):
    def test_public_reads_go_to_the_readers(self):
        self.assertIn("${Cluster.ReadEndpoint.Address}", PARTS["data"]["Outputs"]["ReaderUrl"]["Value"]["Fn::Sub"])
        given = PARTS["main"]["Resources"]["Api"]["Properties"]["Parameters"]["DatabaseReaderUrl"]
        self.assertEqual(given, {"Fn::GetAtt": ["Data", "Outputs.ReaderUrl"]})
        (api,) = [one for one in resource("api", "Task")["ContainerDefinitions"] if one["Name"] == "api"]
        self.assertEqual(variables(api)["DATABASE_READER_URL"], {"Ref": "DatabaseReaderUrl"})

    def test_the_database_is_kept_for_35_days_encrypted_and_asked_by_tls_that_knows_whom_it_asks(self):
        cluster = resource("data", "Cluster")
        self.assertEqual((cluster["BackupRetentionPeriod"], cluster["DeletionProtection"], cluster["ManageMasterUserPassword"]), (35, True, True))
        self.assertEqual(resource("data", "Settings")["Parameters"]["rds.force_ssl"], "1")
        for output in ("WriterUrl", "ReaderUrl"):
            self.assertIn("sslmode=verify-full", PARTS["data"]["Outputs"][output]["Value"]["Fn::Sub"])

    def test_photos_are_encrypted_and_mounted_by_tls_iam_and_the_access_point(self):
        self.assertTrue(resource("files", "Files")["Encrypted"])
        for part in ("api", "worker"):
            (volume,) = resource(part, "Task")["Volumes"]
            mount = volume["EFSVolumeConfiguration"]
            self.assertEqual(mount["TransitEncryption"], "ENABLED")
            self.assertEqual(mount["AuthorizationConfig"], {"AccessPointId": {"Ref": "AccessPoint"}, "IAM": "ENABLED"})

    def test_one_cache_of_two_nodes_in_two_zones_is_shared_by_api_and_worker(self):
        self.assertEqual(resource("cache", "Cache")["AZMode"], "cross-az")
        self.assertGreaterEqual(PARTS["main"]["Resources"]["Cache"]["Properties"]["Parameters"]["Nodes"], 2)
        self.assertTrue(PARTS["cache"]["Outputs"]["Url"]["Value"]["Fn::Sub"].startswith("memcache+cfg://"))
        for part in ("Api", "Worker"):
            self.assertEqual(PARTS["main"]["Resources"][part]["Properties"]["Parameters"]["CacheUrl"], {"Fn::GetAtt": ["Cache", "Outputs.Url"]})

    def test_database_and_photos_are_copied_to_another_region_and_restored_every_week(self):
        (rule,) = resource("backup", "Plan")["BackupPlan"]["BackupPlanRule"]
        self.assertEqual([copy["DestinationBackupVaultArn"] for copy in rule["CopyActions"]], [{"Ref": "CopyVaultArn"}])
        kinds = {selection["ProtectedResourceType"] for _, _, selection in of_type("AWS::Backup::RestoreTestingSelection")}
        self.assertEqual(kinds, {"Aurora", "EFS"})

    def test_bounces_and_complaints_reach_the_api_by_https(self):
        destination = resource("mail", "Events")["EventDestination"]
        self.assertLessEqual({"BOUNCE", "COMPLAINT"}, set(destination["MatchingEventTypes"]))
        subscription = resource("main", "MailFeedback")
        self.assertEqual(subscription["Protocol"], "https")
        self.assertTrue(subscription["Endpoint"]["Fn::Sub"].endswith("@${Domain}/api/v1/mail-feedback"))


class Seen(unittest.TestCase):
    def test_each_task_has_a_collector_and_tells_it_traces_and_metrics(self):
        for part in ("api", "worker"):
            containers = {one["Name"]: one for one in resource(part, "Task")["ContainerDefinitions"]}
            told = variables(containers[part])
            self.assertFalse(containers["collector"]["Essential"])
            settings = resource("cluster", "CollectorSettings")["Value"]["Fn::Sub"]
            self.assertIn(told["METRICS_ADDRESS"], settings)
            self.assertIn(told["OTEL_EXPORTER_OTLP_ENDPOINT"].removeprefix("http://"), settings)

    def test_what_residents_feel_calls_somebody(self):
        felt = {"HTTPCode_Target_5XX_Count", "TargetResponseTime", "mendmap_jobs_oldest_due_seconds", "mendmap_deliveries_total", "AuroraReplicaLagMaximum"}
        watched = set()
        for _, _, alarm in of_type("AWS::CloudWatch::Alarm"):
            if {"Ref": "Page"} in alarm.get("AlarmActions", []):
                watched.add(alarm.get("MetricName"))
                watched |= {one["MetricStat"]["Metric"]["MetricName"] for one in alarm.get("Metrics", []) if "MetricStat" in one}
        self.assertLessEqual(felt, watched)

    def test_logs_are_json_and_forget(self):
        for _, name, group in of_type("AWS::Logs::LogGroup"):
            self.assertIn("RetentionInDays", group, name)
        for _, _, task in of_type("AWS::ECS::TaskDefinition"):
            for container in task["ContainerDefinitions"]:
                if container["Name"] != "collector":
                    self.assertEqual(variables(container)["LOG_FORMAT"], "json")


if __name__ == "__main__":
    unittest.main()
