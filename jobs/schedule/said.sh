#!/bin/sh
# said.sh UNIT: mails what the last run of a systemd unit said, unless nothing changed.
set -u
unit=$1
mail_to=planning@example.org

run=$(systemctl show --value --property InvocationID "$unit")
said=$(journalctl --output cat --no-pager "_SYSTEMD_INVOCATION_ID=$run")
if printf '%s\n' "$said" | grep -q -v -e '^unchanged: ' -e '^as of '; then
    printf '%s\n' "$said" | mail -s "$unit on $(hostname)" "$mail_to"
fi
