# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof against an independent oracle: policy and rules as formulas of their own, compared by an SMT solver.

Neither side of the oracle shares code with the collection; only the documentation of what a policy means is common.
"""

from __future__ import annotations

import datetime
import random

import pytest
import z3
from ansible_collections.hearthwall.home.plugins.module_utils.policy.backends.nftables import compiled
from ansible_collections.hearthwall.home.plugins.module_utils.policy.load import load, read
from ansible_collections.hearthwall.home.plugins.module_utils.policy.proof.prove import DIFFERENT, EQUAL, prove
from example_policies import HOME, SMALL
from generated import never, policy, sensible
from kernel import rulesets_of
from mutations import deletions, moves, widenings
from packet import Packet
from policy_formula import PolicyFormula, listed
from rules_formula import RulesFormula

TODAY = datetime.date(2026, 11, 23)
POLICIES, BATCH = 500, 50


class Oracle:
    """Answers whether some packet's fate under the rules is not the policy's."""

    def __init__(self, document, ruleset, deletable=False):
        self.document = document
        self.packet = Packet([name for zone in document["zones"].values() for name in listed(zone["interface"])])
        self.meant = PolicyFormula(document, self.packet, TODAY).fate()
        self.solver = z3.Solver()
        self.solver.add(self.packet.possible())
        self.rules = RulesFormula(ruleset, self.packet, document["zones"], deletable)
        self.solver.add(self.meant.differs(self.rules.fate()))

    def differs(self, deleted=None, packet=None):
        """Ask about the rules without one of them, and about one packet."""
        assumed = [present if number != deleted else z3.Not(present) for number, present in self.rules.present.items()]
        if packet is not None:
            assumed.append(self.packet.is_one(*packet))
        answer = self.solver.check(*assumed)
        assert answer != z3.unknown
        return answer == z3.sat


def agree(oracle, proof, deleted=None):
    """Whether both say the same, and whether the oracle takes the proof's counterexample for one."""
    if proof.result == EQUAL:
        return not oracle.differs(deleted)
    if not oracle.differs(deleted):
        return False
    first = proof.counterexample
    if first is None or first.packet.inbound == "router":
        return True
    return oracle.differs(deleted, (first.packet, first.inbound, first.outbound))


@pytest.mark.parametrize("batch", range(POLICIES // BATCH))
def test_generated_policies(batch):
    """Each as it is compiled, and with one of its rules deleted by chance."""
    documents = [policy(seed) for seed in range(batch * BATCH, (batch + 1) * BATCH)]
    policies = [sensible(document, lambda each: read(each, TODAY)) for document in documents]
    rulesets = rulesets_of([compiled(each) for each in policies])
    noticed = 0
    for seed, (document, meant, ruleset) in enumerate(zip(documents, policies, rulesets), batch * BATCH):
        oracle = Oracle(document, ruleset, deletable=True)
        proof = prove(meant, ruleset)
        assert proof.result == EQUAL, f"seed {seed}: {proof.counterexample}"
        assert agree(oracle, proof), f"seed {seed}"
        number, mutant = random.Random(seed).choice(list(deletions(ruleset)))
        proof = prove(meant, mutant)
        assert agree(oracle, proof, number), f"seed {seed} without rule {number}: {proof.result}"
        noticed += proof.result == DIFFERENT
    assert noticed > BATCH // 2


@pytest.mark.parametrize("seed", range(0, POLICIES, 10))
def test_generated_policies_and_wrong_rules(seed):
    """Rules that are widened, or compiled from another policy."""
    document = policy(seed)
    meant = sensible(document, lambda each: read(each, TODAY))
    (ruleset,) = rulesets_of([compiled(meant)])
    mutants = list(widenings(ruleset))
    mutant = random.Random(seed).choice(mutants)
    assert agree(Oracle(document, mutant), prove(meant, mutant)), f"seed {seed}"


def test_no_policy_against_its_never_is_taken():
    """Where a packet exists that is allowed and must never be, the loader refuses the policy."""
    refused = 0
    for seed in range(150):
        document = policy(seed)
        sensible(document, lambda each: read(each, TODAY))
        document["never"] = [never(seed, document)]
        loaded, problems = read(document, TODAY)
        assert all("forbids" in each["problem"] for each in problems)
        refused += bool(problems)
        if loaded:
            assert not violated(document), f"seed {seed}: {document['never']}"
    assert 20 < refused < 130


def violated(document):
    """Ask for a packet that opens a connection against the never."""
    packet = Packet([name for zone in document["zones"].values() for name in listed(zone["interface"])])
    formula, (forbidden,) = PolicyFormula(document, packet, TODAY), document["never"]
    fate = formula.fate()
    source = formula.end(forbidden["from"], packet.inbound, packet.source4, packet.source6)
    to = formula.end(forbidden["to"], packet.outbound, packet.destination4, packet.destination6)
    service = formula.service(forbidden["services"][0])
    # What a link needs to work is no service of the router.
    direct = z3.And(to, service, z3.Not(fate.translated), z3.Not(formula.link()))
    reached = [formula.reached(forbidden["to"], fate.address), forbidden["services"] == ["any"]]
    solver = z3.Solver()
    solver.add(
        packet.possible(), packet.state == 0, fate.allowed, source, z3.Or(direct, z3.And(fate.translated, *reached))
    )
    return solver.check() == z3.sat


@pytest.mark.parametrize("document", [HOME, SMALL], ids=["home", "small"])
class TestEverySingleRule:
    """Every rule of the examples is deleted, widened, and moved. The proof notices, or the oracle confirms
    that it has no effect.
    """

    @pytest.fixture
    def meant(self, document):
        return load(document, TODAY)

    @pytest.fixture
    def ruleset(self, meant):
        return rulesets_of([compiled(meant)])[0]

    def test_deleted(self, document, meant, ruleset):
        oracle = Oracle(document, ruleset, deletable=True)
        results = []
        for number, mutant in deletions(ruleset):
            proof = prove(meant, mutant)
            assert agree(oracle, proof, number), ruleset["nftables"][number]
            results.append(proof.result)
        assert results.count(DIFFERENT) > len(results) * 0.8

    @pytest.mark.parametrize("mutations", [widenings, moves], ids=["widened", "moved"])
    def test_changed(self, document, meant, ruleset, mutations):
        oracle_asked = 0
        for mutant in mutations(ruleset):
            proof = prove(meant, mutant)
            # What the proof shows a packet for is checked now and then, what it calls equal always.
            if proof.result == EQUAL or random.Random(oracle_asked).random() < 0.1:
                assert agree(Oracle(document, mutant), proof), proof.counterexample
            oracle_asked += 1
        assert oracle_asked > 10
