#!/bin/sh
# said.sh UNIT: mails what a run of a systemd unit said that succeeded, unless nothing changed. A try that failed and is made
# again ends here, too: it is quiet, and the last one is mailed by wafercast-failed@.
set -u
unit=$1
mail_to=planning@example.org

[ "${MONITOR_SERVICE_RESULT:-success}" = success ] || exit 0
run=${MONITOR_INVOCATION_ID:-$(systemctl show --value --property InvocationID "$unit")}
said=$(journalctl --output cat --no-pager "_SYSTEMD_INVOCATION_ID=$run")
if [ -n "$said" ] && printf '%s\n' "$said" | grep -q -v -e '^unchanged: ' -e '^as of '; then
    printf '%s\n' "$said" | mail -s "$unit on $(hostname)" "$mail_to"
fi
