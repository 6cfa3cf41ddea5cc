# What a dry run or a failed change must leave as it is: files, packages, and when services started.
for tree in /etc /usr/local /var/www; do
    find $tree -path /etc/letsencrypt -prune -o -printf '%p %y %m %u %g %l ' \
        \( -type f -exec sha256sum {} \; -o -printf '\n' \)
done | sort
dpkg -l | sha256sum
systemctl show -p Id,ActiveState,UnitFileState,ExecMainStartTimestampMonotonic nginx.service certbot.timer upstream.service
