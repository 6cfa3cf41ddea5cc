# SPDX-License-Identifier: GPL-3.0-or-later
# What Hearthwall runs on an OpenWrt router, which has no Python: read by the router's own shell from standard input.
# The last line of what is sent calls one of these with a here-document. Answers are parts that begin with "@@ name".
root="${HEARTHWALL_ROOT:-}"
dir="$root/etc/hearthwall"
configs="network firewall dhcp"

part() {
	echo "@@ $1"
}

fail() {
	part failed
	echo "$1"
	exit 0
}

lock() {
	# fw4 holds the same lock while it loads: it must not see what is only tried out.
	mkdir -p "$root/var/run" "$root/tmp/hearthwall"
	exec 8>"$root/var/run/fw4.lock"
	tries=0
	until flock -n 8; do
		tries=$((tries + 1))
		[ "$tries" -lt 30 ] || fail "the firewall is being loaded by somebody else"
		sleep 1
	done
}

exported() {
	for config in $configs; do
		uci -q export "$config"
	done
}

digest() {
	exported | md5sum | cut -d ' ' -f 1
}

pending() {
	for config in $configs; do
		uci -q changes "$config"
	done
}

printed() {
	part fw4
	fw4 print 2>"$root/tmp/hearthwall/said" || echo "fw4 print: $?" >>"$root/tmp/hearthwall/said"
	part said
	cat "$root/tmp/hearthwall/said"
}

included() {
	part included
	for file in "$root"/etc/nftables.d/*.nft; do
		[ ! -e "$file" ] || sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$file"
	done
}

look() {
	mkdir -p "$root/tmp/hearthwall"
	exported >"$root/tmp/hearthwall/exported"
	part uci
	cat "$root/tmp/hearthwall/exported"
	part digest
	md5sum <"$root/tmp/hearthwall/exported" | cut -d ' ' -f 1
	part pending
	pending
	printed
	included
	part nft
	nft -j list ruleset
	part connection
	echo "$SSH_CONNECTION"
	part radios
	uci -q show wireless | grep -E "\.(network|isolate|disabled)=" || true
	for file in "$dir"/nft/*.nft; do
		[ ! -e "$file" ] || {
			part "file ${file#"$root"}"
			cat "$file"
		}
	done
	part guard
	[ ! -e "$dir/armed" ] || echo "armed $(cat "$dir/armed")"
	[ ! -e "$dir/outcome" ] || cat "$dir/outcome"
	part end
}

stage() {
	cat >"$root/tmp/hearthwall/batch"
	said="$(uci batch <"$root/tmp/hearthwall/batch" 2>&1 >/dev/null)" || said="${said:-uci batch failed}"
	[ -z "$said" ] || {
		unstage
		fail "$said"
	}
}

unstage() {
	for config in $configs; do
		uci -q revert "$config"
	done
}

unchanged() {
	[ -z "$(pending)" ] || fail "somebody else has changes waiting: uci changes"
	[ "$(digest)" = "$1" ] || fail "the configuration has changed since it was looked at"
	[ ! -e "$dir/armed" ] || fail "an earlier change still waits to be confirmed: $(cat "$dir/armed")"
}

# try DIGEST FILES <batch: what fw4 would load with it; nothing stays
try() {
	lock
	unchanged "$1"
	stage
	# fw4 leaves out an include whose file is not there.
	missing=""
	for name in $2; do
		[ -e "$root/$name" ] || missing="$missing $name"
		mkdir -p "$root/${name%/*}"
		touch "$root/$name"
	done
	printed
	for name in $missing; do
		rm -f "$root/$name"
	done
	unstage
	included
	part end
}

# apply ID SECONDS DIGEST <batch
apply() {
	lock
	unchanged "$3"
	rm -rf "$dir/before"
	mkdir -p "$dir/before"
	for config in $configs; do
		[ ! -e "$root/etc/config/$config" ] || cp -p "$root/etc/config/$config" "$dir/before/" || fail "no room on the flash"
	done
	[ ! -d "$dir/nft" ] || cp -rp "$dir/nft" "$dir/before/nft" || fail "no room on the flash"
	guard >"$dir/guard.sh"
	hook >"$root/etc/init.d/hearthwall"
	chmod 0755 "$root/etc/init.d/hearthwall"
	sync
	stage
	echo "$1" >"$dir/armed"
	ln -sf ../init.d/hearthwall "$root/etc/rc.d/S11hearthwall"
	rm -f "$dir/outcome"
	sync
	mkdir -p "$dir/nft"
	files
	for config in $configs; do
		uci commit "$config" || {
			flock -u 8
			sh "$dir/guard.sh" now "uci commit $config failed"
			fail "uci commit $config"
		}
	done
	sync
	exec 8>&-
	start-stop-daemon -S -b -x "$(command -v sh)" -- "$dir/guard.sh" take "$1" "$2" || {
		sh "$dir/guard.sh" now "no guard could be started"
		fail "no guard could be started"
	}
	part applied
	part end
}

hook() {
	cat <<-'HOOK'
		#!/bin/sh /etc/rc.common
		# Hearthwall: puts back a change that nobody confirmed before the router was restarted.
		START=11
		boot() {
			sh "${HEARTHWALL_ROOT:-}/etc/hearthwall/guard.sh" boot
		}
	HOOK
}

# confirm ID
confirm() {
	[ "$(cat "$dir/armed" 2>/dev/null)" = "$1" ] || fail "it is not waiting any more: $(cat "$dir/outcome" 2>/dev/null)"
	echo "confirmed $1" >"$dir/outcome"
	rm -f "$dir/armed"
	sync
	rm -f "$root/etc/rc.d/S11hearthwall"
	part confirmed
	part end
}

# restore REASON
restore() {
	sh "$dir/guard.sh" now "$1"
	part guard
	cat "$dir/outcome"
	part end
}
