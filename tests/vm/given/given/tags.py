# SPDX-License-Identifier: GPL-3.0-or-later
"""The 802.1Q tags of the frames on a cable, as the kernel hands them to whoever listens there."""

from __future__ import annotations

import socket
import struct

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA = 263, 8
TP_STATUS_VLAN_VALID = 1 << 4
AUXDATA = struct.Struct("=IIIHHHH")
VLAN_ID = 0x0FFF
# Frames with no tag are counted under this number, which no VLAN has.
UNTAGGED = 0
IP = (b"\x08\x00", b"\x86\xdd", b"\x08\x06")


def listen(spaces, name, interface):
    """Return a socket that hears every frame of an interface in a namespace."""
    listener = spaces.socket(name, socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    listener.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    listener.bind((interface, ETH_P_ALL))
    return listener


def collect(listener, heard):
    """Append the tag of every frame that carries IPv4, IPv6 or ARP."""
    while True:
        frame, extra, _flags, _whom = listener.recvmsg(64, 256)
        for level, kind, data in extra:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, _length, _snap, _mac, _net, tag, _protocol = AUXDATA.unpack_from(data)
                if status & TP_STATUS_VLAN_VALID:
                    heard.append(tag & VLAN_ID)
                elif frame[12:14] in IP:
                    heard.append(UNTAGGED)
