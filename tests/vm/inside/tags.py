# SPDX-License-Identifier: GPL-3.0-or-later
"""The 802.1Q tags of the frames on a cable, as the kernel hands them to whoever listens there."""

from __future__ import annotations

import ipaddress
import socket
import struct

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
AUXDATA = struct.Struct("=IIIHHHH")
VLAN_ID = 0x0FFF
# Where a frame says who sends it: IPv4, ARP, IPv6.
SENDER = {b"\x08\x00": slice(26, 30), b"\x08\x06": slice(28, 32), b"\x86\xdd": slice(22, 38)}


class Cable:
    """Hears every frame of an interface in a namespace: their tags, and who sends without one."""

    def __init__(self, spaces, name, interface):
        self.tags, self.untagged = set(), set()
        self._socket = spaces.socket(name, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self._socket.bind((interface, ETH_P_ALL))

    def listen(self):
        while True:
            frame, extra, _flags, _whom = self._socket.recvmsg(64, 256)
            for level, kind, data in extra:
                if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                    self._heard(frame, *AUXDATA.unpack_from(data))

    def _heard(self, frame, status, _length, _snap, _mac, _net, tag, _protocol):
        if status & TP_STATUS_VLAN_VALID:
            self.tags.add(tag & VLAN_ID)
        elif frame[12:14] in SENDER:
            self.untagged.add(str(ipaddress.ip_address(frame[SENDER[frame[12:14]]])))
