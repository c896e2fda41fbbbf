#!/bin/sh
# Puts Element Call and the built host page into the cache, and prints the folder (the only
# line on standard output). Quick when all is there. Needs npm with Node 18 or newer: what Debian
# 12 has. Packages here that ask for Node 22 run in the browser; Node only bundles them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${SALLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/salle}
hash=$(cd "$here" && find package.json package-lock.json build.mjs install.sh index.html plain.html host.css src -type f | LC_ALL=C sort \
    | xargs sha256sum | sha256sum | cut -c1-12)
folder=$cache/peers-$hash
if [ -e "$folder/complete" ]; then
    echo "$folder"
    exit 0
fi
command -v npm >/dev/null || {
    echo "npm is not installed; get it with Node 18 or newer (Debian: apt install nodejs npm)" >&2
    exit 1
}
mkdir -p "$cache"
work=$(mktemp -d "$cache/peers-XXXXXX.part")
trap 'rm -rf "$work"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$here/build.mjs" "$work/"
cd "$work"
echo "Installing Element Call and the packages of its host page" >&2
npm ci --ignore-scripts --no-progress --loglevel=error >&2
mkdir -p page/pkg
node build.mjs "$here/src" page >&2
cp "$here/index.html" "$here/plain.html" "$here/host.css" page/
cp node_modules/@matrix-org/matrix-sdk-crypto-wasm/pkg/*.wasm page/pkg/
cp -r node_modules/@element-hq/element-call-embedded/dist page/call
rm -rf node_modules page/call/assets/*.map
touch complete
# Somebody else may have been quicker.
chmod 755 "$work"
mv -T "$work" "$folder" 2>/dev/null || [ -e "$folder/complete" ]
echo "$folder"
