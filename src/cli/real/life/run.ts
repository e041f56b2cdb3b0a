// A life, from its input to its verdict. Whatever happens, processes and files are gone when it is over.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDefaults } from '../../../core/base/options.ts';
import { clusterOptionTable, contradictionOf } from '../../../core/protocol/cluster-options.ts';
import { haBelow } from '../../../net-real/ha-service.ts';
import { jobsOf, NOTHING_ELSE, type JobOfRun } from '../../../scenario/jobs.ts';
import { sinksOf } from '../../../scenario/sinks.ts';
import type { Scenario } from '../../../scenario/scenario.ts';
import type { Topics } from '../../../scenario/input.ts';
import { seededDecisions } from '../../../sim/seeded-decisions.ts';
import { lastComplaints } from '../../children/complaints.ts';
import type { Surroundings } from '../../children/guarded.ts';
import { FilesGone, UsageError } from '../../exit-codes.ts';
import { shownPath } from '../../files.ts';
import { planClients } from '../client-plans.ts';
import { startCluster, type RealCluster } from '../cluster.ts';
import { contextsOf } from '../contexts.ts';
import { functionsOfFile } from '../../../calls/functions-of-file.ts';
import { jobsOfRun } from '../jobs/ends.ts';
import { judgeJobs, recordsOf } from '../jobs/judge-jobs.ts';
import type { Committed } from '../judge-output.ts';
import { optionsInForce, type OptionsInForce } from '../options-in-force.ts';
import type { RealSetup } from '../run.ts';
import {
  createScratch,
  findLeftovers,
  isGone,
  lackOfRoom,
  readCommitted,
  writeArtifact,
  writeSources,
  type Leftovers,
  type Scratch,
} from '../scratch.ts';
import { wallNow } from '../wall-now.ts';
import { flatnessOf, type Flatness } from './flatness.ts';
import { judgeLife, type LifeVerdict } from './judge.ts';
import { live, type Lived } from './live.ts';
import { planLife, type LifePlan } from './plan.ts';
import { remainsOf } from './remains.ts';
import { inputOfLife, scenarioOfLife } from './setup.ts';

export interface LifeRequest extends Surroundings {
  readonly setup: RealSetup;
  readonly seed: number;
  readonly lifeMs: number;
  readonly keep: boolean;
  readonly onProgress: (text: string) => void;
}

export interface LifeRun extends LifeVerdict {
  readonly seed: number;
  readonly plan: LifePlan;
  readonly options: OptionsInForce;
  readonly lived: Lived;
  readonly flatness: readonly Flatness[];
  readonly samples: number;
  readonly committed: Committed;
  readonly parts: number;
  readonly leftovers: Leftovers;
  readonly upAfterMs: number;
  readonly wallMs: number;
  /** Kept, or null. */
  readonly scratch: string | null;
}

export async function runLife(request: LifeRequest): Promise<LifeRun> {
  const { guard, setup, seed, lifeMs } = request;
  const scratch = createScratch(setup.ha === null ? null : haBelow(setup.ha, randomUUID()), false);
  guard.watchFolder(scratch.root);
  let isKept = false;
  try {
    const scenario = scenarioOfLife(setup.scenario);
    const topics = inputOfLife({ ...setup, scenario }, lifeMs, seededDecisions(seed));
    writeSources(scratch, topics);
    await writeArtifact(scratch, setup.bundle);
    const run = await runIn(scratch, request, scenario, topics);
    isKept = request.keep;
    return { ...run, scratch: isKept ? shownPath(scratch.root) : null };
  } catch (error) {
    throw isGone(scratch)
      ? new FilesGone(`the scratch folder of the life, ${scratch.root}, was removed while it lasted`)
      : error;
  } finally {
    if (!isKept) rmSync(scratch.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    guard.forgetFolder(scratch.root);
  }
}

async function runIn(
  scratch: Scratch,
  request: LifeRequest,
  scenario: Scenario,
  topics: Topics,
): Promise<Omit<LifeRun, 'scratch'>> {
  const { setup, seed, lifeMs, abort, onProgress } = request;
  const inForce = optionsInForce(scenario, setup.set);
  const options = withDefaults(clusterOptionTable, inForce.set);
  const contradiction = contradictionOf(options);
  if (contradiction !== null) throw new UsageError(`scenario "${scenario.name}": ${contradiction}`);
  const startedAt = wallNow();
  const decisions = seededDecisions(seed);
  const plan = planLife(lifeMs, scenario.cluster, decisions);
  const clients = planClients(scenario, setup.bundle.hash, decisions);
  const sinks = sinksOf(scenario);
  const jobs = jobsOf(scenario);
  const cluster = await startCluster(
    { scenario, options, set: inForce.set, clients, startedAt, flags: [], traced: false },
    scratch,
    request,
  );
  const upAfterMs = wallNow() - startedAt;
  const { lived, unruly } = await liveAndStop(cluster, { plan, jobs, scratch, sinks, abort, onProgress });
  const remains = await remainsOf(scratch, lived.accepted.values());
  const parts = await readCommitted(scratch, sinks);
  const run = jobsOfRun(
    jobs.map((job) => withStops(job, lived.stops.get(job.jobId) ?? [])),
    scenario.cluster,
  );
  const judged =
    lived.ending.kind === 'finished'
      ? judgeJobs(scenario, run, contextsOf(scenario, topics, options, { what: '' }, functionsOfFile(setup.file)), {
          ...remains,
          parts,
          partsAtEnd: lived.partsAtEnd,
          clients: lived.clients,
        }).verdict
      : { sentence: null, evidence: [] };
  const flatness = lived.samples.series().map((series) => flatnessOf(series, lifeMs));
  const verdict = judgeLife({ lived, plan, jobs, output: judged, damage: remains.kept.damage, flatness, unruly });
  const isRight = verdict.verdict === 'pass';
  return {
    seed,
    ...verdict,
    evidence: isRight ? [] : [...verdict.evidence, ...lastComplaints(scratch.logs), ...lackOfRoom(scratch)],
    plan,
    options: inForce,
    lived,
    flatness,
    samples: lived.samples.count(),
    committed: Object.fromEntries(sinks.map((sink) => [sink, recordsOf(parts, sink)])),
    parts: parts.length,
    leftovers: findLeftovers(scratch, sinks, remains.kept.names),
    upAfterMs,
    wallMs: wallNow() - startedAt,
  };
}

interface LifeAround {
  readonly plan: LifePlan;
  readonly jobs: readonly JobOfRun[];
  readonly scratch: Scratch;
  readonly sinks: readonly string[];
  readonly abort: AbortSignal;
  readonly onProgress: (text: string) => void;
}

const CLEAN_UP_MS = 15_000; // behind the ends of the jobs: a bound for a busy machine
const CLEANED_MS = 500;

async function liveAndStop(
  cluster: RealCluster,
  around: LifeAround,
): Promise<{ readonly lived: Lived; readonly unruly: readonly string[] }> {
  const { scratch, sinks } = around;
  try {
    const lived = await live({ cluster, ...around });
    const until = wallNow() + CLEAN_UP_MS;
    while (lived.ending.kind === 'finished' && wallNow() < until) {
      const { kept } = await remainsOf(scratch, []);
      const { checkpoints, output } = findLeftovers(scratch, sinks, kept.names);
      if (checkpoints.length + output.length === 0) break;
      await sleep(CLEANED_MS);
    }
    return { lived, unruly: await cluster.stop() };
  } finally {
    await cluster.kill();
  }
}

/** Its clients wanted to stop it with these. */
function withStops(job: JobOfRun, savepointIds: readonly string[]): JobOfRun {
  const others = savepointIds.map((savepointId) => {
    return { ...NOTHING_ELSE, address: '', wants: 'stop' as const, atMs: 0, savepointId };
  });
  return { ...job, others };
}
