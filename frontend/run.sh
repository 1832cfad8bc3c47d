#!/bin/sh
# Runs a command of Node.js in this folder, such as `run.sh npm test`: with the machine's Node.js where it is new enough,
# else with the one that requirements/page.txt pins, which is put into ../.venv at the first need.
set -eu
cd "$(dirname "$0")"
usable() {
	command -v npm >/dev/null &&
		node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 12) ? 0 : 1)' 2>/dev/null
}
if ! usable; then
	bin=$(cd ../.venv/bin && pwd)
	PATH=$bin:$PATH
	export PATH
	if ! usable; then
		echo "installing requirements/page.txt (Node.js) into .venv" >&2
		"$bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r ../requirements/page.txt
	fi
fi
exec "$@"
