#!/usr/bin/env bash
# Makes the password with which the worker signs in at the mail server, and puts it into its secret. Amazon SES derives it from an
# access key, which neither CloudFormation nor Secrets Manager can do. The access key itself is kept nowhere.
#
#   deploy/smtp-password.sh REGION USER SECRET [if-none]
#
# With if-none, only where there is none yet. Without, a new one is made and keys older than the newest two are deleted: tasks that
# run go on with the one of before until they are started anew.
set -euo pipefail
region=$1 user=$2 secret=$3

keys() {
	aws iam list-access-keys --user-name "$user" --query 'sort_by(AccessKeyMetadata, &CreateDate)[].AccessKeyId' --output text
}
if [ "${4:-}" = if-none ] && [ -n "$(keys)" ]; then
	exit 0
fi
# A user has two keys at most: the older one makes room.
read -r -a old <<<"$(keys | tr '\t\n' '  ')"
if [ "${#old[@]}" -ge 2 ]; then
	aws iam delete-access-key --user-name "$user" --access-key-id "${old[0]}"
fi

# The derivation that AWS publishes for this: HMAC-SHA256 over date, region, service, terminal and message, with version byte 4.
# Python's standard library does it, so that the key stands in no command line.
aws iam create-access-key --user-name "$user" --query AccessKey --output json |
	python3 -c '
import base64, hashlib, hmac, json, sys
key = json.load(sys.stdin)
signature = ("AWS4" + key["SecretAccessKey"]).encode()
for part in ("11111111", sys.argv[1], "ses", "aws4_request", "SendRawEmail"):
    signature = hmac.new(signature, part.encode(), hashlib.sha256).digest()
password = base64.b64encode(bytes([4]) + signature).decode()
print(json.dumps({"user": key["AccessKeyId"], "password": password}))
' "$region" |
	aws secretsmanager put-secret-value --region "$region" --secret-id "$secret" --secret-string file:///dev/stdin >/dev/null
