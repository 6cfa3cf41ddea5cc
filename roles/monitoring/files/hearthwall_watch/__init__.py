# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watches one host of a home and tells its owner. Standard library only; it runs as the unit hearthwall-watch."""
