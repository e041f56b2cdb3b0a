// Every tape under scenarios/regressions/ is of a bug that was found and mended: its run must pass now. The verdict counts, not the hash.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { regressionFolder as folder } from '../src/layout.ts';
import { replay, setUpTape } from '../src/cli/sim/replay-command.ts';
import { loadTape } from '../src/cli/sim/tape.ts';

const tapes = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.tape')) : [];

test('the bugs on all tapes are still mended', async () => {
  const failures: string[] = [];
  for (const name of tapes) {
    const tape = loadTape(join(folder, name));
    const { result } = replay(await setUpTape(tape, join(folder, name)), tape);
    if (result.verdict !== 'pass') failures.push(`${name}: ${result.sentence}`);
    if (result.faultLog.length === 0) failures.push(`${name}: nothing of it happens any more`);
  }
  expect(failures).toEqual([]);
});
