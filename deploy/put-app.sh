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

# What the name of a file says about its content.
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

# Puts file $1 at $2, in the coding $3 or as it is.
put() {
	local kind coding=()
	kind=$(content_type "${1%.br}") || kind=$(content_type "${1%.gz}") || { echo "put-app.sh: what is $1?" >&2; exit 1; }
	[ -z "${3:-}" ] || coding=(--content-encoding "$3")
	aws s3 cp --region "$region" --only-show-errors --cache-control "$keep" --content-type "$kind" "${coding[@]}" "$1" "s3://$bucket/$2"
}

cd "$app"
while IFS= read -r file; do
	file=${file#./}
	put "$file" "$file"
	case "$file" in
	*.html | *.js | *.css | *.wasm | *.svg | *.json | *.txt)
		# The function asks for copies without looking whether they are there. The bundler leaves out those that would be larger:
		# then the file itself stands in their place.
		if [ -f "$file.br" ]; then put "$file.br" "$file.br" br; else put "$file" "$file.br"; fi
		if [ -f "$file.gz" ]; then put "$file.gz" "$file.gz" gzip; else put "$file" "$file.gz"; fi
		;;
	esac
done < <(find . -type f "${only[@]}" -not -name '*.br' -not -name '*.gz' | sort)
