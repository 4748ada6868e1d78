#!/usr/bin/env bash
# Puts the built app up. What is below assets/ carries its content's hash in its name and is kept for ever; everything else is
# asked for again each time. Compressed copies lie beside, and CloudFront's function (cloudformation/edge.yaml) chooses.
#
#   deploy/put-app.sh APP BUCKET REGION assets|pages
set -euo pipefail
app=$1 bucket=$2 region=$3 which=$4

case "$which" in
assets) only=(-path './assets/*') keep='public, max-age=31536000, immutable' ;;
pages) only=(-not -path './assets/*') keep='public, no-cache' ;;
*) echo "put-app.sh: assets or pages" >&2; exit 2 ;;
esac

# What the name of a file says about its content; of a compressed copy, the name of what it is a copy of.
content_type() {
	case "$1" in
	*.html) echo 'text/html; charset=utf-8' ;;
	*.js) echo 'text/javascript; charset=utf-8' ;;
	*.css) echo 'text/css; charset=utf-8' ;;
	*.wasm) echo application/wasm ;;
	*.svg) echo image/svg+xml ;;
	*.json) echo application/json ;;
	*.txt) echo 'text/plain; charset=utf-8' ;;
	*.png) echo image/png ;;
	*.webp) echo image/webp ;;
	*.ico) echo image/vnd.microsoft.icon ;;
	*.woff2) echo font/woff2 ;;
	*.webmanifest) echo application/manifest+json ;;
	*) return 1 ;;
	esac
}

put() {
	local file=$1 coding=() plain
	plain=$file
	case "$file" in
	*.br) coding=(--content-encoding br) plain=${file%.br} ;;
	*.gz) coding=(--content-encoding gzip) plain=${file%.gz} ;;
	esac
	local kind
	kind=$(content_type "$plain") || { echo "put-app.sh: what is $file?" >&2; exit 1; }
	aws s3 cp --region "$region" --only-show-errors --cache-control "$keep" --content-type "$kind" "${coding[@]}" "$app/$file" "s3://$bucket/$file"
}

cd "$app"
app=.
# The function asks for copies without looking whether they are there.
while IFS= read -r file; do
	file=${file#./}
	put "$file"
	case "$file" in
	*.html | *.js | *.css | *.wasm | *.svg | *.json | *.txt)
		if [ ! -f "$file.br" ] || [ ! -f "$file.gz" ]; then
			echo "put-app.sh: $file has no compressed copies; build with the bundler, or make them" >&2
			exit 1
		fi
		;;
	esac
done < <(find . -type f "${only[@]}" | sort)
