// What a person reads about a life. Pure: lines from results.
import { fact } from '../../fact-lines.ts';
import { count, formatSeconds, formatTable, wrapText } from '../../terminal.ts';
import { describeOptionsInForce } from '../options-in-force.ts';
import { describeLeftovers } from '../report.ts';
import { amount, type Flatness } from './flatness.ts';
import type { LifeRun } from './run.ts';
import type { Wish, WishDone } from './wishes.ts';

export function lifeLines(run: LifeRun): string[] {
  const { plan, lived, samples, committed, parts, upAfterMs, wallMs } = run;
  const kills = Array.from(lived.kills, ([name, times]) => `${name} ${times}`).toSorted();
  const outputs = Object.values(committed).reduce((sum, records) => sum + records.length, 0);
  const silence = Array.from(lived.silentMs, ([jobId, ms]) => `${jobId} ${formatSeconds(ms)}`);
  return [
    fact('options', describeOptionsInForce(run.options)),
    fact('kills', `${totalOf(run)} (${kills.join(', ')}); ${plan.spared} was spared`),
    fact('wishes', wishesText(lived.done)),
    fact('silence', `the longest time without a part: ${silence.join(', ')}`),
    fact('output', `${count(outputs, 'record')} in ${count(parts, 'part')}`),
    fact('left over', describeLeftovers([run])),
    fact('time', `${formatSeconds(upAfterMs)} until all processes were up, ${formatSeconds(wallMs)} in all`),
    '',
    `Medians of 10 s floors, or peaks, of the first and the last third, in ${samples} measurements`,
    ...formatTable([['', 'measure', 'first', 'last', 'allowed', ''], ...run.flatness.map(rowOf)]),
    '',
    wrapText(run.verdict === 'pass' ? 'PASS  ' : 'FAIL  ', run.sentence),
    ...run.evidence.map((line) => wrapText('      ', line)),
    ...(run.scratch === null ? [] : [fact('kept', run.scratch)]),
  ];
}

export function totalOf({ lived }: Pick<LifeRun, 'lived'>): number {
  return [...lived.kills.values()].reduce((sum, times) => sum + times, 0);
}

const told: Readonly<Record<Wish, string>> = {
  savepoint: 'savepoint',
  dispose: 'savepoint disposed',
  rescale: 'rescale',
  stop: 'stop',
};

function wishesText(done: readonly WishDone[]): string {
  const groups = Map.groupBy(done, ({ jobId, wants }) => `${jobId} ${told[wants]}`);
  const texts = Array.from(groups, ([name, list]) => {
    const tries = list.reduce((sum, one) => sum + one.tries, 0);
    return `${name} ${list.length}${tries > list.length ? ` (${tries} clients)` : ''}`;
  });
  return texts.toSorted().join(', ') || 'none was done';
}

function rowOf(flatness: Flatness): string[] {
  const { name, measure, first, last, allowed, isFlat } = flatness;
  return [
    name,
    measure,
    amount(flatness, first),
    amount(flatness, last),
    amount(flatness, allowed),
    isFlat ? '' : 'NOT FLAT',
  ];
}

/** The object that `--json` prints. */
export function lifeJson(scenario: string, run: LifeRun): object {
  const { seed, verdict, sentence, evidence, plan, lived, flatness, parts, wallMs } = run;
  return {
    scenario,
    seed,
    verdict,
    sentence,
    evidence,
    lifeMs: plan.lifeMs,
    wallMs: Math.round(wallMs),
    kills: Object.fromEntries(lived.kills),
    spared: plan.spared,
    wishes: lived.done.map(({ jobId, wants, tries }) => ({ jobId, wants, tries })),
    silentMs: Object.fromEntries(Array.from(lived.silentMs, ([jobId, ms]) => [jobId, Math.round(ms)])),
    parts,
    flatness,
  };
}
