# Make the authority look names up in a BIND that takes signed updates: bind.sh <address> <door> <secret>
set -eu
apt-get update -q >/dev/null
apt-get install -y -q --no-install-recommends bind9 >/dev/null
cat > /etc/bind/named.conf <<END
key "door" { algorithm hmac-sha512; secret "$3"; };
options { directory "/var/cache/bind"; listen-on port 5300 { any; }; recursion no; dnssec-validation no; };
zone "hearthwall.test" { type primary; file "/var/cache/bind/zone"; allow-update { key door; }; };
END
cat > /var/cache/bind/zone <<END
\$TTL 1
@ SOA ns.hearthwall.test. owner.hearthwall.test. 1 60 60 600 1
@ NS ns
ns A $1
ha A $2
END
chown bind /var/cache/bind/zone
systemctl restart named
mkdir -p /run/systemd/system/pebble.service.d
cat > /run/systemd/system/pebble.service.d/bind.conf <<END
[Service]
ExecStart=
ExecStart=/usr/bin/pebble -config /etc/pebble/config.json -dnsserver 127.0.0.1:5300
END
systemctl daemon-reload
systemctl restart pebble
