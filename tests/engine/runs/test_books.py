"""What a run's books hold of its snapshots, and what its viewers are told of them."""

import json
from array import array
from dataclasses import fields

from rnn_engine import Trainer
from rnn_engine.runs.books import Books, Viewer
from rnn_engine.runs.frame import frame_of
from rnn_engine.runs.worker import Slice
from tests.engine.small_runs import experiment_of


def test_a_rewound_run_takes_its_later_looks_from_its_viewers() -> None:
    books, viewer = Books(), Viewer(lambda: None)
    books.viewers.add(viewer)
    for step in (1, 2, 3):
        frame = {"step": step, "gradient_norm": 1.0 / step, "probe": {"step": step, "flow": [1.0], "horizon": 0}}
        books.take_in(Slice(step - 1, array("d", [0.0]), step, frame, False, None, None, None))
    assert [look["step"] for look in books.news(viewer)["looks"]] == [1, 2, 3]
    books.rewind(2)
    news = books.news(viewer)
    assert (news["looks_kept"], news["looks"]) == ([1, 2], [])


def test_a_frame_holds_every_number_of_a_snapshot_and_of_its_parts_under_their_own_names() -> None:
    trainer = Trainer(experiment_of(clip_norm=0.1))
    trainer.step()
    snapshot = trainer.snapshot()
    frame = json.loads(json.dumps(frame_of(snapshot)))
    assert snapshot.clipped is not None
    assert snapshot.gradient_flow is not None
    assert frame["clipped"] == {"norm": snapshot.clipped.norm, "angle": snapshot.clipped.angle}
    assert frame["gradient_flow"]["doubling_lag"] == snapshot.gradient_flow.doubling_lag
    assert frame["gradient_flow"]["per_step_factor"] == snapshot.gradient_flow.per_step_factor
    numbers = {field.name for field in fields(snapshot)} - {"gradient_flow", "clipped", "prediction", "predicted"}
    assert {name: frame[name] for name in numbers} == {name: getattr(snapshot, name) for name in numbers}
