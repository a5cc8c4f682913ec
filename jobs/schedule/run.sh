#!/bin/sh
# Runs the job for cron, which mails what this prints: the summary of a new vintage, its warnings, and what was said when
# something is wrong. It prints nothing only when nothing changed. Every run is added to a log of its day, failed ones too.
# Exports that are missing (66) or stop too early (69) come late, and another run ends (75): it tries again in three hours,
# four times a day. What waiting does not mend is told at once. Ends with wafercast's exit code.
set -u
folder=/srv/wafercast
wafercast=${WAFERCAST:-/usr/local/bin/wafercast}
tries=${WAFERCAST_TRIES:-4}
wait=${WAFERCAST_WAIT:-10800}

cd "$folder" || exit 73
while :; do
    said=$("$wafercast" run job.toml 2>&1)
    status=$?
    {
        mkdir -p log &&
            printf '%s exit code %s\n%s\n\n' "$(date '+%Y-%m-%d %H:%M:%S %z')" "$status" "$said" >>"log/$(date '+%Y-%m-%d').log"
    } || echo "cannot write the log in $folder/log" >&2
    tries=$((tries - 1))
    case $status in
    66 | 69 | 75) [ "$tries" -gt 0 ] || break ;;
    *) break ;;
    esac
    sleep "$wait"
done
if [ "$status" -ne 0 ]; then
    printf '%s\nwafercast ended with %s in %s\n' "$said" "$status" "$folder" >&2
elif printf '%s\n' "$said" | grep -q -v -e '^unchanged: ' -e '^as of '; then
    printf '%s\n' "$said"
fi
exit "$status"
