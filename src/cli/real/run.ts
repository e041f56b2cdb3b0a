// One run on real processes, from its input to its verdict. Whatever happens, processes and files are gone when it is over.
import { rmSync } from 'node:fs';
import { withDefaults } from '../../core/base/options.ts';
import type { Result, Value } from '../../core/base/value.ts';
import { chainOperators } from '../../core/graph/chaining.ts';
import { clusterOptionTable, contradictionOf, type ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { sinksOf } from '../../scenario/sinks.ts';
import { drawInput, emptyInput, readingMs, splitByReading } from '../../scenario/input.ts';
import type { LastCall } from '../../scenario/last-call.ts';
import { guardGlobals } from '../../realm/globals.ts';
import { guardedProgram } from '../../scenario/code/guarded-program.ts';
import { createUserCode } from '../../scenario/code/user-code.ts';
import type { Scenario, Topic } from '../../scenario/scenario.ts';
import type { VerdictKind } from '../../sim/guest.ts';
import { simOptionTable } from '../../scenario/sim-options.ts';
import { pickUniformly, type Decisions } from '../../sim/decisions.ts';
import type { OracleContext } from '../../sim/oracles/context.ts';
import { seededDecisions } from '../../sim/seeded-decisions.ts';
import { FilesGone, UsageError } from '../exit-codes.ts';
import { shownPath } from '../files.ts';
import { inTime, standstillOf } from '../standstill.ts';
import type { Bundle } from '../scenario/bundle.ts';
import { refuseNothing } from '../refuse-nothing.ts';
import { startCluster } from './cluster.ts';
import { onlyJobOf } from './only-job.ts';
import type { ChosenStrike } from './choose-strike.ts';
import { lastComplaints } from './complaints.ts';
import { createFacts, noteLine, type RealFacts } from './facts.ts';
import type { Guard } from './guard.ts';
import { findMistake, judgeOutput, type Committed, type OutputVerdict } from './judge-output.ts';
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
  /** Of the command line. */
  readonly set: Readonly<Record<string, number>>;
}

/** What all runs of one command have in common. */
export interface Surroundings {
  readonly guard: Guard;
  /** Aborted: the run is given up. */
  readonly abort: AbortSignal;
}

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
  /** The job's own end was seen. */
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
  /** What the job left behind when all processes had stopped; it goes with the scratch folder. */
  readonly leftovers: Leftovers;
  /** Of a run that had to prove something, and did. */
  readonly proof: Proof | null;
  /** When the job was submitted and its end was seen, in ms since the run began. */
  readonly submittedAtMs: number;
  readonly endedAtMs: number;
  readonly wallMs: number;
  /** Of a run that was told to keep it, or null. */
  readonly scratch: string | null;
}

export async function runReal(request: RunRequest): Promise<RealRun> {
  const { guard, keep, setup, seed } = request;
  const scratch = createScratch();
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
    writeArtifact(scratch, setup.bundle);
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

type Topics = Readonly<Record<string, Topic>>;

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
  const context = contextOf(scenario, topics, options, code);
  const mistake = code.call('job', () => findMistake(context));
  const startedAt = wallNow();
  const plan = { scenario, options, set, artifact: bundle.hash, startedAt };
  const cluster = await startCluster(plan, scratch, request);
  const watched = await watchAndStop(
    cluster,
    { ...request, isGone: () => isGone(scratch) },
    {
      decisions,
      options,
      tasks: chainOperators(context.graph).vertices.reduce((sum, vertex) => sum + vertex.parallelism, 0),
      readingMs: readingMs(context, topics),
      cluster: scenario.cluster,
      startedAt,
      mistake,
    },
  );
  const sinks = sinksOf(scenario);
  const committed = await readCommitted(scratch, sinks);
  const facts = factsOf(watched.lines);
  const { strike } = request;
  const proof = strike.kind === null ? null : proveStrike(watched.struck[0], facts, watched.endedAtMs);
  const judgeIt = (): OutputVerdict => judgeOutput(scenario, topics, context, committed);
  const judged = judge(watched, () => code.call('check of the scenario', judgeIt), strike, proof);
  return {
    seed,
    ...judged,
    evidence:
      judged.verdict === 'pass' ? [] : [...judged.evidence, ...lastComplaints(scratch.logs), ...lackOfRoom(scratch)],
    finished: watched.ending.kind === 'finished',
    options: inForce,
    facts,
    struck: watched.struck,
    proof: proof?.ok === true ? proof.value : null,
    lines: watched.lines,
    committed,
    recordsIn: countRecords(splitByReading(scenario, topics).read),
    unread: splitByReading(scenario, topics).unread,
    judgedBy: scenario.reference ? 'with a sequential run' : "by the scenario's own check",
    leftovers: findLeftovers(scratch, sinks),
    submittedAtMs: watched.submittedAtMs,
    endedAtMs: watched.endedAtMs,
    wallMs: wallNow() - startedAt,
  };
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

/** The output first: it is looked at when the job is finished, however its processes stop behind that. */
function judge(
  { ending, wordOfJob, unruly }: Watched,
  output: () => OutputVerdict,
  strike: ChosenStrike,
  proof: Result<Proof> | null,
): Pick<RealRun, 'verdict' | 'sentence' | 'evidence'> {
  if (ending.kind !== 'finished') return { verdict: ending.kind, sentence: ending.sentence, evidence: ending.evidence };
  const { sentence, evidence } = output();
  if (sentence !== null) return { verdict: 'correctness', sentence, evidence };
  if (wordOfJob !== null) return { verdict: 'correctness', sentence: wordOfJob, evidence: [] };
  if (proof?.ok === false && strike.isAskedFor)
    return { verdict: 'correctness', sentence: `the strike proved nothing: ${proof.reason}`, evidence: [LONGER_INPUT] };
  if (unruly[0] !== undefined) return { verdict: 'threw', sentence: unruly[0], evidence: unruly.slice(1) };
  return { verdict: 'pass', sentence: `the job is finished, and its output is right${lackOf(proof)}`, evidence: [] };
}

/** What a run that passed did not prove. */
function lackOf(proof: Result<Proof> | null): string {
  return proof?.ok === false ? `; the strike that its faults allow proved nothing: ${proof.reason}` : '';
}

/** What the reference is told: only the job and its input matter to it. */
function contextOf(
  scenario: Scenario,
  topics: Topics,
  options: ClusterOptions,
  { lastCall }: WatchedCode,
): OracleContext {
  const { jobId, job, clients, reference } = onlyJobOf(scenario);
  const costs = withDefaults(simOptionTable);
  guardGlobals();
  const code = createUserCode(lastCall);
  const program = guardedProgram(job.program, code);
  const of = { jobId, clients: clients.map(({ address }) => address), submitAtMs: 0, graph: job.graph, program, code };
  return { ...of, topics, options, costs, reference };
}
