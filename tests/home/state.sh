# SPDX-License-Identifier: GPL-3.0-or-later
# Print what a dry run must leave as it is: files, the starts of services, the firewall.
# Left out is what a running home writes by itself: logs, histories, caches, clocks, leases.
config=/srv/homeassistant/config
own_writes='-name *.log* -o -name home-assistant_v2.db* -o -name __pycache__ -o -name trace.saved_traces -o -name core.restore_state -o -name .ha_run.lock -o -name repairs.issue_registry'
set -f
find /etc /root /srv /opt /usr/local /var/lib /var/spool /home -xdev \
  \( -path /srv/homeassistant/root -o -path '*/.cache' -o -path /var/lib/systemd -o -path /var/lib/misc \
  -o -path '*/.ansible' -o $own_writes \) -prune -o -printf '%p %y %m %u:%g %l\n' | sort
find /etc /var/lib/hearthwall $config -xdev \( $own_writes \) -prune -o -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum
systemctl list-units --no-legend --plain --type=service --state=active | cut -d' ' -f1 |
  grep -v -e '^user' -e '^session' -e '^sshd*@' -e getty |
  xargs -r systemctl show -p Id,ExecMainStartTimestampMonotonic,NRestarts
nft list ruleset 2>/dev/null | sed 's/packets [0-9]* bytes [0-9]*//'
