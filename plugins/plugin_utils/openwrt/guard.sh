#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts the old configuration back unless somebody confirms the new one. Lies on the router's flash while a change waits:
# a restart of a daemon cannot disarm it, and a restart of the router puts the old state back before the network starts.
#   guard.sh take ID SECONDS   let the new configuration take effect, then wait
#   guard.sh boot              the router starts
#   guard.sh now REASON        put it back at once
root="${HEARTHWALL_ROOT:-}"
dir="$root/etc/hearthwall"
configs="network firewall dhcp"

put_back() {
	for config in $configs; do
		[ -e "$dir/before/$config" ] || continue
		cp -p "$dir/before/$config" "$root/etc/config/.$config.hearthwall" || exit 1
		mv -f "$root/etc/config/.$config.hearthwall" "$root/etc/config/$config" || exit 1
		rm -f "$root/tmp/.uci/$config"
	done
	rm -rf "$dir/nft"
	[ ! -d "$dir/before/nft" ] || cp -rp "$dir/before/nft" "$dir/nft" || exit 1
	echo "restored $(cat "$dir/armed") $1" >"$dir/outcome"
	sync
	# Only now is the change over: a power cut before this line repeats the putting back.
	rm -f "$dir/armed" "$root/etc/rc.d/S11hearthwall"
	sync
}

take_effect() {
	"$root/etc/init.d/network" reload
	"$root/etc/init.d/firewall" reload
	for service in dnsmasq odhcpd; do
		[ ! -x "$root/etc/init.d/$service" ] || "$root/etc/init.d/$service" restart
	done
}

case "$1" in
take)
	take_effect
	waited=0
	while [ "$waited" -lt "$3" ]; do
		[ "$(cat "$dir/armed" 2>/dev/null)" = "$2" ] || exit 0
		sleep 1
		waited=$((waited + 1))
	done
	[ "$(cat "$dir/armed" 2>/dev/null)" = "$2" ] || exit 0
	put_back timeout
	take_effect
	;;
boot)
	[ ! -e "$dir/armed" ] || put_back reboot
	;;
now)
	[ -e "$dir/armed" ] || exit 0
	put_back "$2"
	take_effect
	;;
esac
