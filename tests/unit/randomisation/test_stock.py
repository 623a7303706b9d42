"""Kits that may be given, by public numbers: enough of every arm, whatever the kits hold."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randomisation.methods.stock import StockKit, assured, givable

ARMS = ("LAN", "PBO", "THIRD")


def lot(shipment, expiry, size, left=None):
    kits = [StockKit(n, f"{shipment}-{expiry}-{n}", shipment, expiry, size) for n in range(size)]
    return kits[: size if left is None else left]


@pytest.mark.parametrize(("left", "can"), [(6, 3), (5, 2), (4, 1), (3, 0), (0, 0)])
def test_with_two_arms_more_than_half_of_a_lot(left, can):
    kits = lot(1, "2020-08-31", 6, left)
    assert assured(kits, 2) == can
    assert givable(kits, 2) == (kits if can else [])


def test_older_kits_are_used_up_with_the_first_lot_that_is_sure():
    old, new, later = lot(1, "2020-01-31", 6, 2), lot(2, "2020-08-31", 6), lot(3, "2021-01-31", 6)
    assert givable([*later, *new, *old], 2) == [*new, *old]
    assert assured([*later, *new, *old], 2) == 6


def test_two_shipments_of_one_expiry_are_two_lots():
    """Three of each are left: together they are six of twelve, and each may be of one arm."""
    assert givable(lot(1, "2020-08-31", 6, 3) + lot(2, "2020-08-31", 6, 3), 2) == []


@st.composite
def stocks(draw):
    """(number of arms, kits available, what each holds): lots that are balanced, any part left."""
    arms = draw(st.integers(2, 3))
    chance = random.Random(draw(st.integers(0, 10**6)))
    kits, holds = [], {}
    for shipment in range(draw(st.integers(1, 4))):
        expiry = draw(st.sampled_from(["2020-01-31", "2020-08-31"]))
        size = arms * draw(st.integers(1, 4))
        contents = [ARMS[n % arms] for n in range(size)]
        chance.shuffle(contents)
        made = lot(shipment, expiry, size)
        holds |= {kit.number: arm for kit, arm in zip(made, contents, strict=True)}
        kits += [kit for kit in made if chance.random() < 0.7]
    return arms, kits, holds


@pytest.mark.promise("RN-09")
@given(stocks())
def test_whatever_the_kits_hold_every_arm_is_among_them(stock):
    arms, kits, holds = stock
    found = {holds[kit.number] for kit in givable(kits, arms)}
    assert found in (set(), set(ARMS[:arms]))


@given(stocks(), st.randoms(use_true_random=False))
def test_as_many_as_assured_can_be_given_in_any_order(stock, chance):
    arms, kits, _ = stock
    for _ in range(assured(kits, arms)):
        kits.remove(chance.choice(givable(kits, arms)))
