#!/bin/sh
# Disks that fill up, turn read-only, or vanish while a run is at work. Needs to mount: run it as
#   unshare -rm sh tests/faults.sh PATH-TO-WAFERCAST FOLDER
# where FOLDER is a copy of fixtures/miniature.
set -u
wafercast=$1
folder=$2
disk=$folder/disk
mkdir -p "$disk"
fail() { echo "FAILED: $*"; exit 1; }

# Every published file is what its manifest says; latest points to a vintage.
whole() {
    for vintage in "$disk"/out/2025Q3*; do
        [ -d "$vintage" ] || continue
        [ -f "$vintage/manifest.json" ] || fail "$vintage has no manifest"
        (cd "$vintage" && sed -n 's/.*"file": "\(.*\..*\)".*/\1/p' manifest.json | while read -r file; do
            [ "$file" = futures_orders.csv ] || [ "$file" = hashprice.csv ] || [ "$file" = difficulty.csv ] ||
                [ "$file" = supply.csv ] || grep -q "$(sha256sum "$file" | cut -d' ' -f1)" manifest.json || exit 1
        done) || fail "$vintage is not whole"
    done
    [ ! -L "$disk/out/latest" ] || [ -f "$disk/out/latest/manifest.json" ] || fail "latest points nowhere"
}
# Another stock on hand, so that there is something to publish.
change() { sed -i "s/machines_on_hand,MINI,[0-9]*,/machines_on_hand,MINI,$1,/" "$folder/supply.csv"; }
run() { "$wafercast" run "$folder/job.toml" --out "$disk/out" "$@" >"$folder/said" 2>&1; }

full=0
size=8
while [ "$size" -le 400 ]; do
    mount -t tmpfs -o "size=${size}k" tmpfs "$disk" || fail "cannot mount"
    change "$size"
    run
    status=$?
    whole
    if [ "$status" -ne 0 ]; then
        [ "$status" -eq 73 ] || fail "a disk of $size KiB: ended with $status"
        grep -q "cannot write" "$folder/said" || fail "a disk of $size KiB: $(cat "$folder/said")"
        [ ! -e "$disk/out/2025Q3" ] || fail "a disk of $size KiB: a vintage was left"
        full=$((full + 1))
        # More room, and the next run publishes without any cleaning up.
        mount -o remount,size=4m "$disk" && run || fail "after room was made: $(cat "$folder/said")"
        whole
        [ "$(find "$disk/out" -name '.staging-*' | wc -l)" -eq 0 ] || fail "unfinished folders were left"
    fi
    umount "$disk"
    size=$((size + 8))
done
[ "$full" -ge 20 ] || fail "only $full disks filled up"
echo "$full disks that filled up"

mount -t tmpfs -o size=4m tmpfs "$disk" && run || fail "cannot begin"
mount -o remount,ro "$disk"
change 500
run; [ $? -eq 73 ] || fail "read-only: $(cat "$folder/said")"
grep -q "cannot write" "$folder/said" || fail "read-only: $(cat "$folder/said")"
whole
mount -o remount,rw "$disk" && run || fail "after read-only: $(cat "$folder/said")"
whole
[ "$(readlink "$disk/out/latest")" = 2025Q3-r2 ] || fail "no revision after read-only"
echo "a read-only disk"

# The disk is gone and the empty folder below it is there: not a first run.
umount "$disk"
mkdir -p "$disk/out"
run --no-create; [ $? -eq 73 ] || fail "vanished: $(cat "$folder/said")"
grep -q "is it mounted" "$folder/said" || fail "vanished: $(cat "$folder/said")"
[ -z "$(ls -A "$disk/out")" ] || fail "something was written below the mount"

# Another disk comes over the folder while runs are at work on it.
mount -t tmpfs -o size=4m tmpfs "$disk" && run || fail "cannot begin again"
covered=0
for pause in 0.002 0.004 0.006 0.008 0.010 0.012 0.015 0.020; do
    change "6${pause#0.}"
    "$wafercast" run "$folder/job.toml" --out "$disk/out" >"$folder/said" 2>&1 &
    sleep "$pause"
    mount -t tmpfs -o size=4m tmpfs "$disk"
    wait $!
    status=$?
    [ ! -e "$disk/out/2025Q3" ] || [ "$status" -eq 0 ] || fail "vanished at work: ended with $status and a vintage"
    case $status in 0) ;; 73) covered=$((covered + 1)) ;; *) fail "vanished at work: $status $(cat "$folder/said")" ;; esac
    whole
    umount "$disk"
    whole
done
run || fail "after vanishing: $(cat "$folder/said")"
whole
echo "a disk that vanished while runs were at work: $covered of 8 stopped"
echo "all faults survived"
