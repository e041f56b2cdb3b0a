// One run of machines on real processes, from its start to its verdict. Whatever happens, processes and files are gone when it is over.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceLine } from '../../../run/trace.ts';
import { castFor, type DrawnCast } from '../../../sim/machines/cast.ts';
import { callerOf, type Call } from '../../../sim/machines/guarded-code.ts';
import type { MachinesScenario } from '../../../sim/machines/scenario.ts';
import type { Violation } from '../../../sim/observation.ts';
import { seededDecisions } from '../../../sim/seeded-decisions.ts';
import { UsageError } from '../../exit-codes.ts';
import { shownPath } from '../../files.ts';
import { lastComplaints } from '../../children/complaints.ts';
import { Interrupted } from '../watch.ts';
import { wallNow } from '../wall-now.ts';
import { judgeLines } from './judge.ts';
import { Acts, Killer, victimsOf, type Killed } from './kills.ts';
import { MachineProcesses } from './processes.ts';
import { portMistake, sharedServices } from './real-ports.ts';
import type { MachinesRequest, MachinesRun } from './run-types.ts';
import { SharedServices } from './shared-services.ts';
import { withKills } from './with-kills.ts';

const folders = ['logs', 'traces', 'disks'] as const;

export async function runMachines(request: MachinesRequest): Promise<MachinesRun> {
  const root = mkdtempSync(join(tmpdir(), 'millrace-real-'));
  request.guard.watchFolder(root);
  let isKept = false;
  try {
    for (const folder of folders) mkdirSync(join(root, folder));
    const run = await runIn(root, request);
    isKept = request.keep;
    return { ...run, scratch: isKept ? shownPath(root) : null };
  } finally {
    if (!isKept) rmSync(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    request.guard.forgetFolder(root);
  }
}

interface Frame {
  readonly cast: DrawnCast;
  readonly call: Call;
  readonly processes: MachineProcesses;
  readonly killer: Killer;
  readonly acts: Acts;
  readonly startedAt: number;
}

async function runIn(root: string, request: MachinesRequest): Promise<Omit<MachinesRun, 'scratch'>> {
  const { seed } = request;
  const frame = frameOf(root, request);
  const { processes, killer, cast } = frame;
  const onAbort = (): void => processes.killAll();
  request.abort.addEventListener('abort', onAbort);
  try {
    await processes.start();
    const upAtMs = wallNow() - frame.startedAt;
    const ending = await watch(frame, request);
    const endedAtMs = wallNow() - frame.startedAt;
    const unruly = await processes.stop();
    const lines = withKills(processes.lines, killer.killed);
    const judged = judgeLines(lines, cast, frame.call, ending === 'over', (line) => processes.stateBehind(line));
    const told = verdictOf(frame, ending, judged.violations, unruly, request.mustProve);
    const { drawn, options } = cast;
    return {
      seed,
      ...told,
      evidence: told.verdict === 'pass' ? [] : [...told.evidence, ...lastComplaints(join(root, 'logs'))],
      ...judged,
      lines,
      killed: killer.killed,
      acts: frame.acts,
      drawn,
      options,
      upAtMs,
      endedAtMs,
      wallMs: wallNow() - frame.startedAt,
    };
  } finally {
    request.abort.removeEventListener('abort', onAbort);
    await processes.end();
  }
}

function frameOf(root: string, { setup, seed, guard, drawKills }: MachinesRequest): Frame {
  const { scenario, file, set } = setup;
  const decisions = seededDecisions(seed);
  const call = callerOf(scenario, { what: '' });
  const cast = castFor(scenario, { decisions, set }, call);
  const mistake = portMistake(cast.services);
  if (mistake !== null) throw new UsageError(`scenario "${scenario.name}": ${mistake}`);
  const startedAt = wallNow();
  const shared = new SharedServices(sharedServices(cast.services), () => Math.floor((wallNow() - startedAt) * 1_000));
  const processes = new MachineProcesses({
    file,
    seed,
    set,
    startedAt,
    clockNs: process.hrtime.bigint().toString(),
    disks: join(root, 'disks'),
    traces: join(root, 'traces'),
    folder: root,
    nodes: cast.nodes,
    restartHaltedMs: cast.options['restartNodeMs'] ?? 0,
    shared,
    guard,
  });
  const acts = new Acts(scenario);
  const victims = victimsOf(scenario, cast.nodes);
  const killer = new Killer(victims.length === 0 ? [] : drawKills(victims, decisions), acts, processes);
  return { cast, call, processes, killer, acts, startedAt };
}

// ---- While the machines run

/** `over`: they are done, or nothing is asked of them and their time has passed. */
type Ending = 'over' | 'late' | 'failed';

const LOOK_MS = 20;
const LOOK_LATE_MS = 1_000; // the command itself was stopped meanwhile
const STARTING_MS = 15_000; // on a machine that is busy with something else
const BACK_MS = 10_000; // for who was killed to take part again when the others are done

const FACTOR = 3; // as for jobs: a busy machine makes a run slow, not wrong

/** Machines that take longer than this, from their start on, are not done. Time in which a process is being started does not count. */
function limitMs({ options: { runMs = 0, settleMs = 0 } }: DrawnCast): number {
  return STARTING_MS + FACTOR * (runMs + settleMs);
}

async function watch(frame: Frame, request: MachinesRequest): Promise<Ending> {
  const { processes, killer, cast, startedAt } = frame;
  const { runMs = 0, settleMs = 0 } = cast.options;
  let [read, waitedMs, overForMs, lookedAt] = [0, 0, 0, wallNow()];
  for (;;) {
    await sleep(LOOK_MS);
    if (request.abort.aborted) throw new Interrupted();
    processes.look();
    for (; read < processes.lines.length; read++) frame.acts.note(processes.lines[read] as TraceLine);
    killer.look(wallNow() - startedAt);
    request.onProgress(`${((wallNow() - startedAt) / 1_000).toFixed(1)} s, ${processes.lines.length} events`);
    const passedMs = Math.min(wallNow() - lookedAt, LOOK_LATE_MS);
    lookedAt = wallNow();
    if (!processes.isStarting()) waitedMs += passedMs;
    if (processes.failure !== null) return 'failed';
    if (isDone(frame, request.setup.scenario, waitedMs > runMs + settleMs)) overForMs += passedMs;
    if (overForMs > 0 && (killer.isUndone() || overForMs > BACK_MS)) return 'over';
    if (overForMs === 0 && waitedMs > limitMs(cast)) return 'late';
  }
}

function isDone({ call, processes }: Frame, { isOver }: MachinesScenario, isTimeUp: boolean): boolean {
  return isOver === undefined ? isTimeUp : call('isOver', () => isOver(processes.view));
}

// ---- The verdict

type Told = Pick<MachinesRun, 'verdict' | 'sentence' | 'evidence'>;

function verdictOf(
  { processes, killer, acts, cast }: Frame,
  ending: Ending,
  violations: readonly Violation[],
  unruly: readonly string[],
  mustProve: boolean,
): Told {
  if (processes.failure !== null) return { verdict: 'threw', sentence: processes.failure, evidence: [] };
  const [first] = violations;
  if (first !== undefined)
    return {
      verdict: first.property === 'liveness' ? 'liveness' : 'correctness',
      sentence: `${first.oracle}: ${first.text}`,
      evidence: first.evidence.map(({ text }) => text),
    };
  if (ending === 'late') {
    const limit = `${limitMs(cast) / 1_000} s`;
    return { verdict: 'liveness', sentence: `the machines are not done within ${limit}: isOver says so`, evidence: [] };
  }
  if (unruly[0] !== undefined) return { verdict: 'threw', sentence: unruly[0], evidence: unruly.slice(1) };
  const unproven = mustProve ? whyUnproven(killer.killed, acts) : null;
  if (unproven !== null)
    return { verdict: 'correctness', sentence: `the kill proves nothing: ${unproven}`, evidence: [] };
  return { verdict: 'pass', sentence: 'the machines are done, and no oracle objects', evidence: [] };
}

/** Null: who was killed had acted, and acted again. */
function whyUnproven(killed: readonly Killed[], acts: Acts): string | null {
  if (killed.length === 0) return 'the machines were done before it; another seed kills sooner';
  const idle = killed.find(({ victim, incarnation }) => acts.of(victim, incarnation + 1) === 0);
  return idle === undefined ? null : `${idle.victim} was started again, and took no part behind it`;
}

/** Nothing can be killed, as a sentence for whoever asked for kills. */
export function refuseKills(scenario: MachinesScenario): string {
  return `scenario "${scenario.name}": no node of it may crash, so none is killed: give "crash" a weight in faults`;
}
