// What comes out of a run of a job, besides what comes out of every run.
import type { Value } from '../../core/base/value.ts';
import { inputLengths, splitByReading } from '../../scenario/input.ts';
import { sinksOf, sinksOfJob } from '../../scenario/sinks.ts';
import type { RunResult } from '../guest.ts';
import type { OracleContext } from '../oracles/context.ts';
import { referenceOf, unjudgedStates } from '../oracles/reference.ts';
import type { World } from '../world-types.ts';
import type { ClusterSetup } from './cluster.ts';
import type { ObserverFacts } from './observer/facts.ts';
import type { JobRunResult } from './run-types.ts';
import { committedRecords, type SinkState } from './services/sink.ts';
import type { SourceState } from './services/source.ts';

/** A run, as its result is made of it. */
export interface Watched {
  readonly setup: ClusterSetup;
  /** Of each job. */
  readonly contexts: readonly OracleContext[];
  readonly world: World;
}

export function resultOf(
  { setup, contexts, world }: Watched,
  { counters }: ObserverFacts,
  judged: RunResult,
): JobRunResult {
  const committed = committedBySink(setup, world);
  const recordsIn = countRecordsIn(setup, world, judged.finished);
  return {
    ...judged,
    checkpoints: { completed: counters.completed, aborted: counters.aborted },
    restarts: Math.max(0, counters.deployments - setup.jobs.length),
    leaderChanges: Math.max(0, counters.leaders - 1),
    inputLengths: inputLengths(setup.topics),
    recordsIn,
    lateRecords: setup.request.checks === 'bare' ? 0 : countLateRecords(contexts),
    unread: splitByReading(setup.request.scenario, setup.topics).unread,
    committed,
    unjudged: contexts.flatMap(unjudgedStates),
    compared: comparedSinks(setup),
  };
}

function committedBySink({ request }: ClusterSetup, world: World): Record<string, readonly Value[]> {
  const { sinks } = world.view.service('sink') as SinkState;
  const recordsOf = (name: string): readonly Value[] => {
    const content = sinks.get(name);
    return content === undefined ? [] : committedRecords(content);
  };
  return Object.fromEntries(sinksOf(request.scenario).map((name) => [name, recordsOf(name)]));
}

/** All of a finished job; else what was read at least once. */
function countRecordsIn({ request, topics }: ClusterSetup, world: World, finished: boolean): number {
  const { readTo } = world.view.service('source') as SourceState;
  const counts = finished
    ? Object.values(inputLengths(splitByReading(request.scenario, topics).read))
    : [...readTo.values()];
  return counts.reduce((sum, count) => sum + count, 0);
}

function countLateRecords(contexts: readonly OracleContext[]): number {
  const counts = contexts.map((context) => {
    const reference = referenceOf(context);
    return reference.failure() === null ? reference.complete().lateRecords : 0;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Sinks of jobs that the reference judges; nobody compares in a bare run. */
function comparedSinks({ request, jobs }: ClusterSetup): JobRunResult['compared'] {
  const judged = jobs.filter(({ reference }) => reference);
  return judged.length === 0 || request.checks === 'bare' ? null : judged.flatMap(({ job }) => sinksOfJob(job));
}
