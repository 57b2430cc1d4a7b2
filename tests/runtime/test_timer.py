"""The stopwatch of programs."""

from __future__ import annotations

from agnolo.runtime.timer import Timer


def test_a_timer_stands_still_before_its_start_and_after_its_end() -> None:
    timer = Timer()
    assert timer.to_dict() == {"start_time": None, "end_time": None, "elapsed": 0.0}
    begun = timer.start()
    assert 0 <= timer.elapsed <= timer.elapsed
    ended = timer.stop()
    assert timer.elapsed == ended - begun
    assert timer.to_dict() == {"start_time": begun, "end_time": ended, "elapsed": ended - begun}


def test_a_block_starts_and_stops_its_timer() -> None:
    with Timer() as timer:
        assert timer.end_time is None
    assert timer.end_time is not None
