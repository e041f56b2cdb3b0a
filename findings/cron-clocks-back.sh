#!/usr/bin/env bash
# Packages: cron 4.4.0, with the clock of @sinonjs/fake-timers 15.5.0; any Node.
# Behaviour: on the day on which the clocks go back, a daily job of the hour after the repeated one runs at a time that its
# expression does not name and then again at its own: 0 3 * * * in Berlin at 2:00 and 3:00, 30 2 * * * in New York at 1:30 and 2:30.
# A good guess: a job whose time occurs once on that day runs once. Only times within the repeated hour, such as 1:30 in New York,
# leave a choice, and there it runs once.
# Output seen:
#   0 3 * * * in Europe/Berlin: 24/10, 03:00; 25/10, 02:00; 25/10, 03:00; 26/10, 03:00
#   30 2 * * * in America/New_York: 31/10, 02:30; 01/11, 01:30; 01/11, 02:30; 02/11, 02:30
#   30 2 * * * in Europe/London: 24/10, 02:30; 25/10, 01:30; 25/10, 02:30; 26/10, 02:30
#   30 1 * * * in America/New_York: 31/10, 01:30; 01/11, 01:30; 02/11, 01:30
#   0 3 * * * in Europe/Berlin: 13/06, 03:00; 14/06, 03:00; 15/06, 03:00
set -euo pipefail

expected='0 3 * * * in Europe/Berlin: 24/10, 03:00; 25/10, 02:00; 25/10, 03:00; 26/10, 03:00
30 2 * * * in America/New_York: 31/10, 02:30; 01/11, 01:30; 01/11, 02:30; 02/11, 02:30
30 2 * * * in Europe/London: 24/10, 02:30; 25/10, 01:30; 25/10, 02:30; 26/10, 02:30
30 1 * * * in America/New_York: 31/10, 01:30; 01/11, 01:30; 02/11, 01:30
0 3 * * * in Europe/Berlin: 13/06, 03:00; 14/06, 03:00; 15/06, 03:00'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund cron@4.4.0 @sinonjs/fake-timers@15.5.0 >install.txt

cat >finding.js <<'JS'
import FakeTimers from '@sinonjs/fake-timers';
import { CronJob } from 'cron';

const DAY_MS = 24 * 60 * 60 * 1_000;
const tell = (cronTime, timeZone, from) => {
  const clock = FakeTimers.install({ now: Date.parse(from), toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  const local = new Intl.DateTimeFormat('en-GB', { timeZone, day: '2-digit', month: '2-digit', hour: '2-digit', minute: '2-digit' });
  const runs = [];
  const job = CronJob.from({ cronTime, timeZone, start: true, onTick: () => runs.push(local.format(new Date())) });
  clock.tick(3 * DAY_MS);
  job.stop();
  clock.uninstall();
  console.log(`${cronTime} in ${timeZone}: ${runs.join('; ')}`);
};
tell('0 3 * * *', 'Europe/Berlin', '2026-10-24T00:00Z');
tell('30 2 * * *', 'America/New_York', '2026-10-31T00:00Z');
tell('30 2 * * *', 'Europe/London', '2026-10-24T00:00Z');
tell('30 1 * * *', 'America/New_York', '2026-10-31T00:00Z');
tell('0 3 * * *', 'Europe/Berlin', '2026-06-13T00:00Z');
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
