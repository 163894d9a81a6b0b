"""Every pair of states: the moves that `MOVES` lists are made, all others are refused."""

from itertools import product

import pytest

from pipelines.models import Pipeline
from reviews.models import MOVES, Case, Opening, Resolution, State
from reviews.move import MoveNotAllowed, move
from tests.reviews.making import HOUR, NOW, held

ALLOWED = {
    (State.HELD, State.REISSUING),
    (State.HELD, State.ANSWERED),
    (State.HELD, State.CLOSED),
    (State.REISSUING, State.ANSWERED),
    (State.REISSUING, State.HELD),
    (State.ANSWERED, State.CLOSED),
    (State.ANSWERED, State.HELD),
    (State.CLOSED, State.HELD),
    (State.CLOSED, State.ANSWERED),
}
LATER = NOW + HOUR


def case_in(state: State, pipeline: Pipeline) -> Case:
    """Put a case into a state, past all steps."""
    case = held(pipeline)
    closing = {"resolution": Resolution.UPHELD, "closed_at": NOW} if state == State.CLOSED else {}
    Case.objects.filter(pk=case.pk).update(state=state, **closing)
    if closing:
        Opening.objects.update(until=NOW, resolution=Resolution.UPHELD)
    return Case.objects.get()


def test_the_table_names_every_state() -> None:
    assert set(MOVES) == set(State)


@pytest.mark.parametrize(("from_", "to"), list(product(State, State)))
def test_a_move_is_made_if_the_table_lists_it_and_refused_if_not(
    pipeline: Pipeline, from_: State, to: State
) -> None:
    case = case_in(from_, pipeline)
    resolution = Resolution.WITHDRAWN if to == State.CLOSED else None
    if (from_, to) not in ALLOWED:
        with pytest.raises(MoveNotAllowed):
            move(case, to, now=LATER, resolution=resolution)
        assert case_fields(Case.objects.get()) == case_fields(case)
        assert (case.state, case.version) == (from_, 1)
        return
    move(case, to, now=LATER, resolution=resolution)
    moved = Case.objects.get()
    assert (moved.state, moved.version) == (to, 2)
    assert (moved.resolution, moved.closed_at) == (
        (Resolution.WITHDRAWN, LATER) if to == State.CLOSED else ("", None)
    )
    assert moved.held_since == (LATER if to == State.HELD else NOW)
    assert Opening.objects.filter(until=None).exists() == (to != State.CLOSED)


def case_fields(case: Case) -> tuple[object, ...]:
    return case.state, case.resolution, case.closed_at, case.held_since, case.version
