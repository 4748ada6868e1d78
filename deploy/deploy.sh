#!/usr/bin/env bash
# Brings Mendmap to AWS, or brings it up to date there: one command, as often as you like.
#
#   deploy/deploy.sh SETTINGS IMAGE APP
#
# SETTINGS is a file like deploy/cloudformation/settings.example. IMAGE is the image's address with its digest
# (...@sha256:...). APP is the folder of the built app, frontend/dist.
# Needs the AWS command line (version 2), openssl, and a session that may make all of this.
set -euo pipefail

if [ $# -ne 3 ]; then
	sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
	exit 2
fi
settings=$1 image=$2 app=$3
here=$(cd "$(dirname "$0")" && pwd)

fail() {
	echo "deploy.sh: $*" >&2
	exit 1
}
say() {
	echo "== $*"
}

[ -r "$settings" ] || fail "$settings cannot be read"
[ -f "$app/index.html" ] || fail "there is no index.html in $app"
case "$image" in
*@sha256:*) ;;
*) fail "name the image with its digest (...@sha256:...): a tag can come to mean another image between migration and roll" ;;
esac

# NAME=value lines, the parameters of main.yaml among them. Nothing in the file is carried out.
declare -A setting=()
while IFS='=' read -r name value; do
	case "$name" in
	'' | \#*) continue ;;
	esac
	[[ $name =~ ^[A-Za-z0-9]+$ ]] || fail "$settings: $name is no setting"
	setting[$name]=$value
done <"$settings"
for name in Region CopyRegion Domain MailDomain MailFrom AlarmEmail; do
	[ -n "${setting[$name]:-}" ] || fail "$settings names no $name"
done
name=${setting[Name]:-mendmap}
region=${setting[Region]} copies=${setting[CopyRegion]}
[ "$region" != "$copies" ] || fail "CopyRegion is Region: copies of the backups belong into another one"
if [ -z "${setting[HostedZoneId]:-}" ] && { [ -z "${setting[EdgeCertificateArn]:-}" ] || [ -z "${setting[OriginCertificateArn]:-}" ]; }; then
	fail "without HostedZoneId give EdgeCertificateArn (of us-east-1) and OriginCertificateArn (of $region)"
fi

# Fills `out` with the outputs of stack $1 in region $2.
declare -A out=()
outputs() {
	local key value
	while IFS=$'\t' read -r key value; do
		out[$key]=$value
	done < <(aws cloudformation describe-stacks --region "$2" --stack-name "$1" \
		--query 'Stacks[0].Outputs[].[OutputKey,OutputValue]' --output text)
}
# Parameter $2 of stack $1 in region $3 as it is now; nothing where there is no such stack yet.
parameter() {
	aws cloudformation describe-stacks --region "$3" --stack-name "$1" \
		--query "Stacks[0].Parameters[?ParameterKey=='$2'].ParameterValue | [0]" --output text 2>/dev/null || true
}
# Makes stack $1 of template $2 in region $3 what the parameters after that say.
stack() {
	local stack=$1 template=$2 at=$3
	shift 3
	aws cloudformation deploy --region "$at" --stack-name "$stack" --template-file "$template" \
		--capabilities CAPABILITY_IAM CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset \
		--tags "mendmap=$name" --parameter-overrides "$@"
}

account=$(aws sts get-caller-identity --query Account --output text)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say "firewall and certificate (us-east-1)"
stack "$name-global" "$here/cloudformation/global.yaml" us-east-1 "Name=$name" "Domain=${setting[Domain]}" \
	"HostedZoneId=${setting[HostedZoneId]:-}" "EdgeCertificateArn=${setting[EdgeCertificateArn]:-}"
outputs "$name-global" us-east-1
say "vault of the backups' copies ($copies)"
stack "$name-vault" "$here/cloudformation/vault.yaml" "$copies" "Name=$name"
outputs "$name-vault" "$copies"

say "templates ($region)"
bucket="$name-templates-$account-$region"
if ! aws s3api head-bucket --bucket "$bucket" 2>/dev/null; then
	location=()
	[ "$region" = us-east-1 ] || location=(--create-bucket-configuration "LocationConstraint=$region")
	aws s3api create-bucket --region "$region" --bucket "$bucket" "${location[@]}" >/dev/null
fi
aws cloudformation package --region "$region" --template-file "$here/cloudformation/main.yaml" --s3-bucket "$bucket" \
	--output-template-file "$work/main.yaml" >/dev/null

parameters=(
	"EdgeCertificateArn=${out[CertificateArn]}"
	"WebAclArn=${out[WebAclArn]}"
	"CopyVaultArn=${out[VaultArn]}"
	"CloudFrontPrefixList=$(aws ec2 describe-managed-prefix-lists --region "$region" \
		--filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing --query 'PrefixLists[0].PrefixListId' --output text)"
	"MigrationImage=$image"
)
for key in "${!setting[@]}"; do
	case "$key" in
	Region | CopyRegion | EdgeCertificateArn) ;;
	*) parameters+=("$key=${setting[$key]}") ;;
	esac
done

# All but the image that runs: at first none runs, later the one of before.
running=$(parameter "$name" Image "$region")
[ "$running" != None ] || running=
say "everything but the new version"
stack "$name" "$work/main.yaml" "$region" "${parameters[@]}" "Image=$running"
outputs "$name" "$region"

say "password of the mail server"
"$here/smtp-password.sh" "$region" "${out[SmtpUser]}" "${out[SmtpSecretArn]}" if-none

# Once, before anybody runs the new version; the old one goes on meanwhile, as migrations only add (deploy/README.md).
say "migration"
task=$(aws ecs run-task --region "$region" --cluster "${out[Cluster]}" \
	--task-definition "${out[Migration]}" --launch-type FARGATE --platform-version 1.4.0 \
	--network-configuration "awsvpcConfiguration={subnets=[${out[TaskSubnets]}],securityGroups=[${out[TaskGroup]}],assignPublicIp=DISABLED}" \
	--query 'tasks[0].taskArn' --output text)
[ "$task" != None ] || fail "the migration could not be started"
# Longer than the waiter's ten minutes, where an index of millions of rows is made.
status=
for _ in $(seq 360); do
	status=$(aws ecs describe-tasks --region "$region" --cluster "${out[Cluster]}" --tasks "$task" \
		--query 'tasks[0].lastStatus' --output text)
	[ "$status" != STOPPED ] || break
	sleep 10
done
[ "$status" = STOPPED ] || fail "the migration ($task) still runs after an hour; nothing was rolled"
code=$(aws ecs describe-tasks --region "$region" --cluster "${out[Cluster]}" --tasks "$task" \
	--query 'tasks[0].containers[0].exitCode' --output text)
[ "$code" = 0 ] || fail "the migration failed ($code): see the log group /$name/migration; the old version runs on"

# The new app's files beside the old ones, then the services, then the page that names the new files: whoever has the old page
# still finds its files, and the new page meets an API that knows what it asks for.
"$here/put-app.sh" "$app" "${out[AppBucket]}" "$region" assets
say "roll"
stack "$name" "$work/main.yaml" "$region" "${parameters[@]}" "Image=$image"
"$here/put-app.sh" "$app" "${out[AppBucket]}" "$region" pages

say "the view from outside (us-east-1)"
stack "$name-outside" "$here/cloudformation/outside.yaml" us-east-1 "Name=$name" "Domain=${setting[Domain]}" \
	"Distribution=${out[Distribution]}" "AlarmEmail=${setting[AlarmEmail]}"

say "done: ${out[Site]}"
if [ -z "${setting[HostedZoneId]:-}" ]; then
	echo "Records to write where the zone is: ${setting[Domain]} -> ${out[DistributionDomain]} (CNAME or alias)"
	echo "and for mail (CNAME): ${out[Dkim]}"
fi
