# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: images, networks and hosts of the home that the tests harden and attack."""
