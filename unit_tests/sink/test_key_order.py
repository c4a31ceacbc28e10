"""Which writes a batch waits for."""

from __future__ import annotations

from concurrent.futures import Future

from destination_hubspot_calls.messages import Batch
from destination_hubspot_calls.sink.key_order import KeyOrder
from unit_tests.entries import call


def test_a_batch_waits_for_the_last_write_of_each_of_its_keys() -> None:
    """An older version that overtakes a newer one would stand in HubSpot; to wait for more would cost time."""
    order: KeyOrder[int] = KeyOrder()
    first, second, third = (
        Batch.of([call(1, key="a"), call(2)]),
        Batch.of([call(3, key="b")]),
        Batch.of([call(4, key="a")]),
    )
    writes: list[Future[int]] = [Future(), Future(), Future()]
    assert order.before(first) == set()
    order.enter(first, writes[0])
    assert order.before(second) == set()
    order.enter(second, writes[1])
    assert order.before(third) == {writes[0]}
    order.enter(third, writes[2])
    assert order.before(Batch.of([call(5, key="a"), call(6, key="b"), call(7)])) == {writes[1], writes[2]}


def test_a_write_that_is_done_is_forgotten_and_a_later_one_of_its_key_is_not() -> None:
    """All keys of a sync would fill the memory."""
    order: KeyOrder[int] = KeyOrder()
    batch = Batch.of([call(1, key="a"), call(2, key="b")])
    first: Future[int] = Future()
    later: Future[int] = Future()
    order.enter(batch, first)
    order.enter(Batch.of([call(3, key="b")]), later)
    order.leave(batch, first)
    assert order.before(batch) == {later}
    order.leave(batch, later)
    assert order.before(batch) == set()
