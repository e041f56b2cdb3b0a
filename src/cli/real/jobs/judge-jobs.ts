// The verdict on all jobs of a run when everything is over: how each ended, what its clients were told, what it left in its sinks, and that nothing came
// behind its end. Each job is judged by itself. Pure, but for the code of the job.
import type { KeyWrite } from '../../../net-real/ha-map.ts';
import type { Scenario } from '../../../scenario/scenario.ts';
import type { OracleContext } from '../../../sim/oracles/context.ts';
import { referenceOf } from '../../../sim/oracles/reference.ts';
import type { ClientView } from '../client-plans.ts';
import { judgeOutput, type Committed, type OutputVerdict } from '../judge-output.ts';
import { describeEnd, nameOf, wrongAnswer, wrongEnd, type JobsOfRun } from './ends.ts';
import { livesOf, type JobLife } from './lives.ts';
import { spanOf, type Blobs } from './span.ts';

/** A part of the output, as readers of its sink see it. */
export interface CommittedPart {
  readonly sink: string;
  /** Of its file. */
  readonly name: string;
  readonly jobId: string;
  readonly records: Committed[string];
}

/** What is left of a run. */
export interface Remains {
  /** All that was written to the HA service. */
  readonly history: readonly KeyWrite[];
  /** Metadata of checkpoints, by name. */
  readonly metadata: Blobs;
  readonly parts: readonly CommittedPart[];
  /** Of each job whose end a client was told: the parts that were there then, as `<sink>/<part>`. */
  readonly partsAtEnd: ReadonlyMap<string, ReadonlySet<string>>;
  readonly clients: readonly ClientView[];
}

export interface JudgedJobs {
  readonly verdict: OutputVerdict;
  readonly lives: readonly JobLife[];
}

export function judgeJobs(
  scenario: Scenario,
  run: JobsOfRun,
  contexts: readonly OracleContext[],
  remains: Remains,
): JudgedJobs {
  const lives = livesOf(
    contexts.map(({ jobId }) => jobId),
    remains.history,
  );
  const sentence = wrongAnswer(run, remains.clients, lives);
  if (sentence !== null) return { verdict: { sentence, evidence: [] }, lives };
  for (const [index, context] of contexts.entries()) {
    const verdict = judgeJob(scenario, run, context, lives[index] as JobLife, remains);
    if (verdict.sentence !== null) return { verdict, lives };
  }
  return { verdict: RIGHT, lives };
}

const RIGHT: OutputVerdict = { sentence: null, evidence: [] };

function judgeJob(
  scenario: Scenario,
  run: JobsOfRun,
  context: OracleContext,
  life: JobLife,
  remains: Remains,
): OutputVerdict {
  const { jobId } = context;
  const own = remains.parts.filter((part) => part.jobId === jobId);
  const name = nameOf(run, jobId);
  const wrong = wrongLife(run, life) ?? (life.stored ? null : outputOfNobody(name, own));
  if (wrong !== null) return { sentence: wrong, evidence: [] };
  if (life.end === null) return life.stored ? { sentence: `${name} has no result`, evidence: [] } : RIGHT;
  const late = judgeLate(name, life, own, remains.partsAtEnd.get(jobId));
  if (late.sentence !== null) return late;
  const span = spanOf(life, referenceOf(context).plan, remains.metadata);
  if (!span.ok) return { sentence: `the output of ${name} cannot be judged: ${span.reason}`, evidence: [] };
  const verdict = judgeOutput(scenario, { context, span: span.value, committed: bySink(context, own) });
  const isOnly = run.jobs.length === 1;
  return verdict.sentence === null || isOnly ? verdict : { ...verdict, sentence: `${jobId}: ${verdict.sentence}` };
}

function wrongLife(run: JobsOfRun, { jobId, end, otherEnd }: JobLife): string | null {
  if (end !== null && otherEnd !== null)
    return `the result of ${nameOf(run, jobId)} was ${describeEnd(end)}, and is ${describeEnd(otherEnd)} now`;
  return end === null ? null : wrongEnd(run, jobId, end);
}

function outputOfNobody(name: string, parts: readonly CommittedPart[]): string | null {
  return parts.length === 0 ? null : `${name} was never accepted, and ${parts.length} parts of its output are there`;
}

/** @param atEnd absent: no client was told of its end */
function judgeLate(
  name: string,
  { end }: JobLife,
  own: readonly CommittedPart[],
  atEnd: ReadonlySet<string> | undefined,
): OutputVerdict {
  const late = atEnd === undefined ? [] : own.map(pathOf).filter((path) => !atEnd.has(path));
  if (late.length === 0) return RIGHT;
  return {
    sentence: `output of ${name} was committed after a client was told that it is ${end?.status ?? 'over'}`,
    evidence: late.toSorted(),
  };
}

export function pathOf({ sink, name }: Pick<CommittedPart, 'sink' | 'name'>): string {
  return `${sink}/${name}`;
}

function bySink({ graph }: OracleContext, parts: readonly CommittedPart[]): Committed {
  const sinks = graph.operators.flatMap((operator) => (operator.kind === 'sink' ? [operator.sink] : []));
  return Object.fromEntries(sinks.map((sink) => [sink, recordsOf(parts, sink)]));
}

/** Of one sink, of all jobs that the parts are of. */
export function recordsOf(parts: readonly CommittedPart[], sink: string): Committed[string] {
  return parts.filter((part) => part.sink === sink).flatMap(({ records }) => records);
}
