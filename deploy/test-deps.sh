#!/bin/sh
# What the tests need beside Python packages: PostgreSQL's programs, Chromium and Node.js with an OpenID provider. Installs them by name on Debian as root; elsewhere says what is missing.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v node >/dev/null 2>&1 || missing="$missing nodejs"
command -v npm >/dev/null 2>&1 || missing="$missing npm"
if [ -z "$missing" ]; then
  :
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing$missing for the tests (once)…" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "Not installed:$missing. The tests that need them are skipped; install them with your package manager to run all." >&2
fi
# The provider's packages come by their lock file, checked by its hashes, from whatever registry npm is set to.
oidc="$(dirname "$0")/../tests/servers/oidc"
if command -v npm >/dev/null 2>&1 && ! cmp -s "$oidc/package-lock.json" "$oidc/node_modules/.locked"; then
  echo "Installing the OpenID provider for the tests (once)…" >&2
  if npm ci --prefix "$oidc" --ignore-scripts --no-audit --no-fund --loglevel=error >&2; then
    cp "$oidc/package-lock.json" "$oidc/node_modules/.locked"
  else
    echo "The OpenID provider could not be installed: its journey is skipped, and fails where CI is set." >&2
  fi
fi
