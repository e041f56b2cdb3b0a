// docs/faults.md.
import { failureRows, type FailureRow } from './rows.ts';
import type { Seen } from './see.ts';

/** A failure, with what was seen of it; null where it cannot be. */
export interface SeenRow {
  readonly row: FailureRow;
  readonly seen: Seen | null;
}

/** What is wrong with a row: a fault that never hit, or not when it should, or a run that did not pass. */
export function mistakesIn({ row: { row, shown }, seen }: SeenRow): readonly string[] {
  if (seen === null || 'cannot' in shown) return [];
  const expected = shown.faults === '' ? 0 : shown.faults.split(',').length;
  return [
    ...(seen.passed ? [] : [`row ${row}: the run does not pass`]),
    ...(seen.struck.length === expected
      ? []
      : [`row ${row}: ${expected} faults are forced, and ${seen.struck.length} hit: ${seen.struck.join('; ')}`]),
    ...shown.phases.flatMap((phase) =>
      seen.phases.includes(phase)
        ? []
        : [`row ${row}: nothing hit in the phase "${phase}", but in ${seen.phases.join(', ')}`],
    ),
  ];
}

const HEAD = [
  '| # | failure | what Millrace does | the run: `npm run sim -- …` | what struck | restarts | leaders | checkpoints lost | ms without output |',
  '|---|---|---|---|---|---|---|---|---|',
];

export function renderFailures(all: readonly SeenRow[]): string {
  const isKnown = ({ row }: SeenRow): boolean => row.row <= failureRows.length;
  const rows = all.filter(isKnown);
  const shown = rows.filter(({ seen }) => seen !== null).length;
  return [
    '# Failures, forced by name',
    '',
    `Made by \`npm run faults\`; the rows are in \`build/faults/rows.ts\`. The ${rows.length} failures are those that Apache Flink’s documents, code and issues know. ${shown} of them are shown here, each by one run in the simulator that anybody can repeat; the others say why they cannot be.`,
    '',
    'A fault strikes at the point that its name gives (`--faults KIND@POINT#N`, see `src/sim/README.md`) and nowhere else; what it leaves open (how long a process is down, …) the seed decides. All oracles judge each run: output exactly once, state that of a sequential run, nothing needless, nothing left. "Without output" is the longest time between two transactions that become visible, in simulated ms, and behind the slash the same of the seed without the fault.',
    '',
    ...HEAD,
    ...rows.map(lineOf),
    '',
    '## Others',
    '',
    'Failures that those sources do not name.',
    '',
    ...HEAD,
    ...all.filter((row) => !isKnown(row)).map(lineOf),
    '',
  ].join('\n');
}

function lineOf({ row: { row, failure, here, shown }, seen }: SeenRow): string {
  if ('cannot' in shown || seen === null)
    return `| ${row} | ${failure} | cannot be: ${'cannot' in shown ? shown.cannot : ''} | | | | | | |`;
  const faults = shown.faults === '' ? '--no-faults' : `--faults ${shown.faults}`;
  const { struck, restarts, leaderChanges, lostCheckpoints, silenceMs, plainSilenceMs } = seen;
  return `| ${row} | ${failure} | ${here} | \`--scenario ${shown.scenario} ${faults} --seed ${shown.seed}\` | ${struck.join('; ')} | ${restarts} | ${leaderChanges} | ${lostCheckpoints} | ${Math.round(silenceMs)} / ${Math.round(plainSilenceMs)} |`;
}
