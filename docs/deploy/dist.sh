#!/bin/sh
# dist.sh PROGRAM FOLDER: packs the program, stripped, with its completions, manual page and documentation into one archive in
# FOLDER, with SHA256SUMS beside it and within, and tries what was packed: unpacked elsewhere, with no PATH and nothing else
# of the environment. `make dist` builds the program before.
set -eu
program=$1
folder=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
version=$("$program" --version | cut -d ' ' -f 2)
name=wafercast-$version-$(uname -m)-$(uname -s | tr '[:upper:]' '[:lower:]')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packed=$work/$name
mkdir -p "$packed/completions" "$folder"
strip -o "$packed/wafercast" "$program"
chmod 755 "$packed/wafercast"
"$packed/wafercast" completions bash > "$packed/completions/wafercast.bash"
"$packed/wafercast" completions zsh > "$packed/completions/_wafercast"
"$packed/wafercast" completions fish > "$packed/completions/wafercast.fish"
"$packed/wafercast" man > "$packed/wafercast.1"
cp "$root/README.md" "$root/CHANGELOG.md" "$packed/"
cp -R "$root/docs" "$packed/docs"
(cd "$packed" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | sed 's/^..//' | xargs -d '\n' sha256sum > SHA256SUMS)

# The same files are the same bytes, whoever packs them and when.
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$work" -cf "$work/$name.tar" "$name"
gzip -n -9 < "$work/$name.tar" > "$folder/$name.tar.gz"
(cd "$folder" && sha256sum "$name.tar.gz" > SHA256SUMS)

mkdir "$work/try"
(cd "$folder" && sha256sum --quiet --check SHA256SUMS)
tar -xzf "$folder/$name.tar.gz" -C "$work/try"
(cd "$work/try/$name" && sha256sum --quiet --check SHA256SUMS)
alone() { env -i PATH=/nowhere "$work/try/$name/wafercast" "$@"; }
alone init "$work/try/job" > "$work/said"
alone run --quiet "$work/try/job/job.toml" 2> "$work/said"
alone show --out "$work/try/job/out" > "$work/said"
grep -q '^12 months' "$work/said"
echo "$folder/$name.tar.gz: $(wc -c < "$folder/$name.tar.gz") bytes, unpacked and tried"
