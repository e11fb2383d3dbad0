#!/usr/bin/env python3
"""Has the tests write event files, and reads them with TensorBoard.

Needs tensorboard:
    python3 Tools/check_tensorboard.py
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto import event_pb2

ROOT = pathlib.Path(__file__).parent.parent


def check(condition, what):
    if not condition:
        sys.exit(f"check_tensorboard.py: {what}")
    print(f"ok  {what}")


def check_file(path, entries):
    """Every record's checksums are right, and it is an event."""
    events = [event_pb2.Event.FromString(raw) for raw in event_file_loader.RawEventFileLoader(str(path)).Load()]
    check(len(events) == entries, f"{path.name} has {entries} events")
    check(events[0].file_version == "brain.Event:2", f"{path.name} has the version of events")


def values(accumulator, tag):
    """A curve as TensorBoard would draw it."""
    return [(event.step, event.value) for event in accumulator.Scalars(tag)]


def main():
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, EVOLCANO_REPORT_OUTPUT=folder)
        subprocess.run(["swift", "test", "--filter", "ReportOutputTests"], cwd=ROOT, env=environment, check=True)
        files = sorted(pathlib.Path(folder).glob("events.out.tfevents.*"))
        check([file.name for file in files] == [f"events.out.tfevents.1700000{n}00.host" for n in (0, 1)], "two files")
        check_file(files[0], 2 + 1 + 10)
        check_file(files[1], 2 + 3)

        run = EventAccumulator(folder, size_guidance={"scalars": 0, "tensors": 0}).Reload()
        check(run.FirstEventTimestamp() == 1_700_000_000, "the run has its time")
        tags = {"train/loss", "train/learning_rate", "train/grad_norm", "train/tokens_per_second", "validation/loss"}
        check(set(run.Tags()["scalars"]) == tags, "the curves are there")
        check(run.Tags()["tensors"] == ["recipe/text_summary"], "the recipe is there")
        loss = [(step, 4 - step / 8) for step in range(6)] + [(step, -step) for step in range(6, 9)]
        check(values(run, "train/loss") == loss, "the loss has its values, those of the resumed run from step 6 on")
        check(values(run, "validation/loss") == [(4, 3.5)], "the validation loss is there where it was measured")
        metadata = run.SummaryMetadata("recipe/text_summary")
        check(metadata.plugin_data.plugin_name == "text", "the recipe is a text")
        text = run.Tensors("recipe/text_summary")[0].tensor_proto.string_val[0].decode()
        check(text.startswith("    model: models/llama-7b\n    data:\n"), "the recipe is code, line by line")


if __name__ == "__main__":
    main()
