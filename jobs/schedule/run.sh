#!/bin/sh
# Runs the job for cron: says nothing when all is well, and what was said when something is wrong, so that cron mails
# it. Every run is added to a log of its day. Ends with wafercast's exit code.
set -u
folder=/srv/wafercast
wafercast=${WAFERCAST:-/usr/local/bin/wafercast}

cd "$folder" || exit 73
said=$("$wafercast" run job.toml 2>&1)
status=$?
{
    mkdir -p log &&
        printf '%s exit code %s\n%s\n\n' "$(date '+%Y-%m-%d %H:%M:%S %z')" "$status" "$said" >>"log/$(date '+%Y-%m-%d').log"
} || echo "cannot write the log in $folder/log" >&2
if [ "$status" -ne 0 ]; then
    printf '%s\nwafercast ended with %s in %s\n' "$said" "$status" "$folder" >&2
fi
exit "$status"
