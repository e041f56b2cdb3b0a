#!/usr/bin/env bash
# Package: faust-streaming 0.15.3; Python 3.9 or newer with venv and pip.
# Behaviour: where a step is no whole number of seconds, ranges, by which a table adds, goes in whole seconds: an event is in
# two tumbling windows, or in none that current, by which a table reads, names. A step below one second raises an error.
# A good guess: sizes and steps are documented as seconds, a float or a timedelta, and tumbling windows as non-overlapping.
# Output seen:
#   TumblingWindow 10.0 by 10.0, event at 12.4: in 10.0 to 19.9; current is 10.0 to 19.9
#   TumblingWindow 2.5 by 2.5, event at 12.4: in 10.0 to 12.4, 12.0 to 14.4; current is 10.0 to 12.4
#   TumblingWindow 2.5 by 2.5, event at 12.6: in 12.0 to 14.4; current is 12.5 to 14.9
#   HoppingWindow 5.0 by 2.5, event at 12.4: in 7.0 to 11.9, 9.0 to 13.9, 11.0 to 15.9; current is 10.0 to 14.9
#   TumblingWindow 2.0: 600 events are 600 in 30 windows
#   TumblingWindow 2.5: 600 events are 780 in 36 windows
#   TumblingWindow 3.7: 600 events are 788 in 28 windows
set -euo pipefail

expected='TumblingWindow 10.0 by 10.0, event at 12.4: in 10.0 to 19.9; current is 10.0 to 19.9
TumblingWindow 2.5 by 2.5, event at 12.4: in 10.0 to 12.4, 12.0 to 14.4; current is 10.0 to 12.4
TumblingWindow 2.5 by 2.5, event at 12.6: in 12.0 to 14.4; current is 12.5 to 14.9
HoppingWindow 5.0 by 2.5, event at 12.4: in 7.0 to 11.9, 9.0 to 13.9, 11.0 to 15.9; current is 10.0 to 14.9
TumblingWindow 2.0: 600 events are 600 in 30 windows
TumblingWindow 2.5: 600 events are 780 in 36 windows
TumblingWindow 3.7: 600 events are 788 in 28 windows'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check faust-streaming==0.15.3 >install.txt

cat >finding.py <<'PY'
from datetime import timedelta

from faust import HoppingWindow, TumblingWindow


def tell(window, timestamp):
    name = type(window).__name__
    ranges = ", ".join(f"{start} to {end}" for start, end in window.ranges(timestamp))
    start, end = window.current(timestamp)
    print(f"{name} {window.size} by {window.step}, event at {timestamp}: in {ranges}; current is {start} to {end}")


tell(TumblingWindow(10), 12.4)
tell(TumblingWindow(timedelta(milliseconds=2500)), 12.4)
tell(TumblingWindow(timedelta(milliseconds=2500)), 12.6)
tell(HoppingWindow(5, 2.5), 12.4)

times = [tenth / 10 for tenth in range(600)]
for size in (2, 2.5, 3.7):
    window = TumblingWindow(size)
    adds = [start for time in times for start, _ in window.ranges(time)]
    print(f"TumblingWindow {window.size}: {len(times)} events are {len(adds)} in {len(set(adds))} windows")
PY

seen=$(python/bin/python finding.py)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
