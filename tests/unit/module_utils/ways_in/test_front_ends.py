# SPDX-License-Identifier: GPL-3.0-or-later
"""What passes requests on to Home Assistant is trusted where it does, and nowhere else."""

from __future__ import annotations

import pytest
from ansible_collections.hearthwall.home.plugins.module_utils.ways_in import front_ends


@pytest.mark.parametrize(
    ("groups", "said", "found"),
    [
        ({"home_assistant", "tailscale"}, {}, ["tailscale"]),
        ({"home_assistant", "tailscale"}, {"tailscale_serve": True}, ["tailscale"]),
        ({"home_assistant", "tailscale"}, {"tailscale_serve": False}, []),
        ({"home_assistant"}, {"tailscale_serve": True}, []),
        ({"tailscale"}, {}, []),
        ({"tailscale"}, {"tailscale_serve": True}, ["tailscale"]),
        ({"home_assistant", "cloudflare_tunnel"}, {}, ["cloudflare_tunnel"]),
        ({"home_assistant", "cloudflare_tunnel", "edge"}, {}, []),
        ({"cloudflare_tunnel", "edge"}, {"cloudflare_tunnel_target": "home_assistant"}, ["cloudflare_tunnel"]),
        ({"home_assistant", "cloudflare_tunnel"}, {"cloudflare_tunnel_target": "proxy"}, []),
    ],
)
def test_a_front_end_that_ends_at_home_assistant(groups, said, found):
    assert front_ends.of_host(groups, said.get) == found
