// One run on real processes, from its input to its verdict. Whatever happens, processes and files are gone when it is over.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { asksHost } from '../../core/graph/kinds.ts';
import { functionsOfFile } from '../../calls/functions-of-file.ts';
import { withDefaults } from '../../core/base/options.ts';
import type { Result, Value } from '../../core/base/value.ts';
import { clusterOptionTable, contradictionOf } from '../../core/protocol/cluster-options.ts';
import { haBelow, haServiceAt } from '../../net-real/ha-service.ts';
import { jobsOf } from '../../scenario/jobs.ts';
import { sinksOf } from '../../scenario/sinks.ts';
import { drawInput, emptyInput, splitByReading, type Topics } from '../../scenario/input.ts';
import type { LastCall } from '../../scenario/last-call.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { VerdictKind } from '../../sim/guest.ts';
import { pickUniformly, type Decisions } from '../../sim/decisions.ts';
import { seededDecisions } from '../../sim/seeded-decisions.ts';
import { FilesGone, UsageError } from '../exit-codes.ts';
import { shownPath } from '../files.ts';
import { inTime, standstillOf } from '../standstill.ts';
import type { Bundle } from '../scenario/bundle.ts';
import { refuseNothing } from '../refuse-nothing.ts';
import { planClients, type ClientView } from './client-plans.ts';
import { startCluster } from './cluster.ts';
import { contextsOf } from './contexts.ts';
import type { ChosenStrike } from './choose-strike.ts';
import { disturbableBy } from './disturbance.ts';
import { lastComplaints } from '../children/complaints.ts';
import { createFacts, noteLine, type RealFacts } from './facts.ts';
import type { Surroundings } from '../children/guarded.ts';
import { jobsOfRun, type JobsOfRun } from './jobs/ends.ts';
import { judgeJobs, recordsOf, type JudgedJobs, type Remains } from './jobs/judge-jobs.ts';
import { livesOf, savepointsLeft, type JobLife } from './jobs/lives.ts';
import { filesOfSavepoints, type KeptFiles } from './jobs/savepoints.ts';
import { metadataStored } from './jobs/span.ts';
import { findMistake, type Committed, type OutputVerdict } from './judge-output.ts';
import { patienceMs, plainMs } from './patience.ts';
import {
  createScratch,
  findLeftovers,
  isGone,
  lackOfRoom,
  partsOfJob,
  readBlob,
  readCommitted,
  writeArtifact,
  writeSources,
  type Leftovers,
  type Scratch,
} from './scratch.ts';
import { optionsInForce, type OptionsInForce } from './options-in-force.ts';
import { proveStrike, type Proof } from './proof.ts';
import type { Struck } from './strike.ts';
import type { TraceLine } from '../../run/trace.ts';
import { wallNow } from './wall-now.ts';
import { watchAndStop, type StrikerOf, type Watched } from './watch.ts';

/** What is run, loaded. */
export interface RealSetup {
  readonly file: string;
  readonly scenario: Scenario;
  readonly data: Readonly<Record<string, Value>>;
  readonly bundle: Bundle;
  /** Where runs keep their HA services, each at a place of its own below; null: each in its scratch folder. */
  readonly ha: string | null;
  /** Of the command line. */
  readonly set: Readonly<Record<string, number>>;
}

/** What all runs of one command have in common. */
export interface RunRequest extends Surroundings {
  readonly setup: RealSetup;
  readonly seed: number;
  readonly strikerOf: StrikerOf;
  /** What `strikerOf` tries, if it is to prove something. */
  readonly strike: ChosenStrike;
  readonly keep: boolean;
  readonly onProgress: (text: string) => void;
}

export interface RealRun {
  readonly seed: number;
  readonly verdict: VerdictKind;
  /** One sentence, with its evidence. */
  readonly sentence: string;
  readonly evidence: readonly string[];
  /** All clients were answered, and no job ended as it must not. */
  readonly finished: boolean;
  readonly options: OptionsInForce;
  readonly facts: RealFacts;
  readonly struck: readonly Struck[];
  /** All processes, in the order of time. */
  readonly lines: readonly TraceLine[];
  readonly committed: Committed;
  readonly recordsIn: number;
  /** Topics of the input that no source reads. */
  readonly unread: readonly string[];
  /** Who judged the output: `with a sequential run`. */
  readonly judgedBy: string;
  /** What the jobs left behind when all processes had stopped, but for savepoints; it goes with the scratch folder. */
  readonly leftovers: Leftovers;
  /** How each job ended. */
  readonly lives: readonly JobLife[];
  readonly clients: readonly ClientView[];
  /** Of a run that had to prove something, and did. */
  readonly proof: Proof | null;
  /** When all processes were up, and the last end was seen, in ms since the run began. */
  readonly upAtMs: number;
  readonly endedAtMs: number;
  readonly wallMs: number;
  /** Of a run that was told to keep it, or null. */
  readonly scratch: string | null;
}

export async function runReal(request: RunRequest): Promise<RealRun> {
  const { guard, keep, setup, seed } = request;
  const scratch = createScratch(setup.ha === null ? null : haBelow(setup.ha, randomUUID()));
  guard.watchFolder(scratch.root);
  let isKept = false;
  try {
    const decisions = seededDecisions(seed);
    const { scenario, data } = setup;
    const code = watchCode(scenario, seed);
    const topics = code.call('input of the scenario', () =>
      drawInput({ scenario, data }, (stream, n) => pickUniformly(decisions, stream, n), scenario.real?.times ?? 1),
    );
    refuseNothing(scenario.name, emptyInput(countRecords(splitByReading(scenario, topics).read)), `seed ${seed}`);
    writeSources(scratch, topics);
    await writeArtifact(scratch, setup.bundle);
    const run = await runIn(scratch, request, topics, decisions, code);
    isKept = keep;
    return { ...run, scratch: isKept ? shownPath(scratch.root) : null };
  } catch (error) {
    throw isGone(scratch)
      ? new FilesGone(`the scratch folder of the run, ${scratch.root}, was removed while it lasted`)
      : error;
  } finally {
    if (!isKept) rmSync(scratch.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    guard.forgetFolder(scratch.root);
  }
}

function countRecords(topics: Topics): number {
  return Object.values(topics).reduce((sum, { splits }) => sum + splits.flat().length, 0);
}

async function runIn(
  scratch: Scratch,
  request: RunRequest,
  topics: Topics,
  decisions: Decisions,
  code: WatchedCode,
): Promise<Omit<RealRun, 'scratch'>> {
  const { setup, seed } = request;
  const { scenario, bundle } = setup;
  const inForce = optionsInForce(scenario, setup.set);
  const { set } = inForce;
  const options = withDefaults(clusterOptionTable, set);
  const contradiction = contradictionOf(options);
  if (contradiction !== null) throw new UsageError(`scenario "${scenario.name}": ${contradiction}`);
  const contexts = contextsOf(scenario, topics, options, code.lastCall, functionsOfFile(setup.file));
  const mistake = code.call('job', () => firstOf(contexts, findMistake));
  const startedAt = wallNow();
  const jobs = jobsOfRun(jobsOf(scenario), scenario.cluster);
  const clients = planClients(scenario, bundle.hash, decisions);
  const sinks = sinksOf(scenario);
  const cluster = await startCluster(
    { scenario, options, set, clients, startedAt, flags: disturbableBy(request.strike.kind, scratch), traced: true },
    scratch,
    request,
  );
  const watched = await watchAndStop(
    cluster,
    { ...request, isGone: () => isGone(scratch) },
    {
      decisions,
      options,
      jobs,
      plainMs: plainMs(jobs, clients, topics),
      patienceMs: patienceMs(jobs, clients, topics, options),
      cluster: scenario.cluster,
      startedAt,
      mistake,
      partsOf: (jobId) => partsOfJob(scratch, sinks, jobId),
    },
  );
  const remains = await readRemains(scratch, sinks, watched, hasCalls(scenario));
  const kept = filesOfSavepoints(savepointsLeft(remains.history), (name) => readBlob(scratch, name));
  const facts = factsOf(watched.lines);
  const { strike } = request;
  const proof = strike.kind === null ? null : proveStrike(watched.struck[0], facts, watched.endedAtMs);
  const judged: JudgedJobs =
    watched.ending.kind === 'finished'
      ? code.call('check of the scenario', () => judgeJobs(scenario, jobs, contexts, remains))
      : {
          verdict: NOT_JUDGED,
          lives: livesOf(
            jobs.jobs.map(({ jobId }) => jobId),
            remains.history,
          ),
        };
  const verdict = judge(watched, verdictOf(judged, kept), { jobs, strike, proof });
  return {
    seed,
    ...verdict,
    evidence:
      verdict.verdict === 'pass' ? [] : [...verdict.evidence, ...lastComplaints(scratch.logs), ...lackOfRoom(scratch)],
    finished: watched.ending.kind === 'finished',
    options: inForce,
    facts,
    struck: watched.struck,
    proof: proof?.ok === true ? proof.value : null,
    lines: watched.lines,
    committed: Object.fromEntries(sinks.map((sink) => [sink, recordsOf(remains.parts, sink)])),
    recordsIn: countRecords(splitByReading(scenario, topics).read),
    unread: splitByReading(scenario, topics).unread,
    judgedBy: contexts.some(({ reference }) => reference) ? 'with a sequential run' : "by the scenario's own check",
    leftovers: findLeftovers(scratch, sinks, kept.names),
    lives: judged.lives,
    clients: watched.clients,
    upAtMs: watched.upAtMs,
    endedAtMs: watched.endedAtMs,
    wallMs: wallNow() - startedAt,
  };
}

function hasCalls(scenario: Scenario): boolean {
  return jobsOf(scenario).some(({ job }) => asksHost(job.graph));
}

const NOT_JUDGED: OutputVerdict = { sentence: null, evidence: [] };

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | null): R | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}

async function readRemains(
  scratch: Scratch,
  sinks: readonly string[],
  { lines, partsAtEnd, clients }: Watched,
  hasCalls: boolean,
): Promise<Remains> {
  return {
    history: await (await haServiceAt(scratch.ha)).history(),
    metadata: metadataStored(lines, hasCalls),
    parts: await readCommitted(scratch, sinks),
    partsAtEnd,
    clients,
  };
}

function verdictOf({ verdict }: JudgedJobs, { damage }: KeptFiles): OutputVerdict {
  return verdict.sentence === null ? { sentence: damage, evidence: [] } : verdict;
}

/** Code of the scenario that is called here, and not by a TaskManager. */
interface WatchedCode {
  readonly lastCall: LastCall;
  /** @param what is called, unless something within is named */
  call<T>(what: string, work: () => T): T;
}

function watchCode({ name }: Scenario, seed: number): WatchedCode {
  const lastCall: LastCall = { what: '' };
  return {
    lastCall,
    call: (what, work) => {
      lastCall.what = what;
      return inTime(work, (stood) => standstillOf(name, `seed ${seed}`, lastCall, stood));
    },
  };
}

/** Of the whole run, in the order of time. */
function factsOf(lines: readonly TraceLine[]): RealFacts {
  const facts = createFacts();
  for (const line of lines) noteLine(facts, line);
  return facts;
}

const LONGER_INPUT =
  'the output is right. A strike needs checkpoints and output before and after it: `real: { times: 10 }` in the scenario hands 10 to `input`, which makes its topics so many times as long';

interface Tried {
  readonly jobs: JobsOfRun;
  readonly strike: ChosenStrike;
  readonly proof: Result<Proof> | null;
}

/** The output first: it is looked at when all is over, however processes stop behind that. */
function judge(
  { ending, wordOfJob, unruly }: Watched,
  { sentence, evidence }: OutputVerdict,
  { jobs, strike, proof }: Tried,
): Pick<RealRun, 'verdict' | 'sentence' | 'evidence'> {
  if (ending.kind !== 'finished') return { verdict: ending.kind, sentence: ending.sentence, evidence: ending.evidence };
  if (sentence !== null) return { verdict: 'correctness', sentence, evidence };
  if (wordOfJob !== null) return { verdict: 'correctness', sentence: wordOfJob, evidence: [] };
  if (proof?.ok === false && strike.isAskedFor)
    return { verdict: 'correctness', sentence: `the strike proved nothing: ${proof.reason}`, evidence: [LONGER_INPUT] };
  if (unruly[0] !== undefined) return { verdict: 'threw', sentence: unruly[0], evidence: unruly.slice(1) };
  const [only] = jobs.jobs;
  const isPlain = jobs.jobs.length === 1 && only?.others.length === 0;
  const right = isPlain
    ? 'the job is finished, and its output is right'
    : 'all jobs ended as they may, and their output is right';
  return { verdict: 'pass', sentence: `${right}${lackOf(proof)}`, evidence: [] };
}

/** What a run that passed did not prove. */
function lackOf(proof: Result<Proof> | null): string {
  return proof?.ok === false ? `; the strike that its faults allow proved nothing: ${proof.reason}` : '';
}
