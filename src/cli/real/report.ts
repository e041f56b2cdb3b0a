// What a person reads about a real run. Pure: lines from results.
import { unreachable } from '../../core/base/assert.ts';
import { describeReason } from '../../core/protocol/describe-reason.ts';
import { describeUnread } from '../../scenario/input.ts';
import { count, formatSeconds, wrapText } from '../terminal.ts';
import { fact } from '../fact-lines.ts';
import type { ClientView } from './client-plans.ts';
import { whyAborted, type Deployment, type RealFacts } from './facts.ts';
import { describeEnd } from './jobs/ends.ts';
import type { JobLife } from './jobs/lives.ts';
import { countGroups } from './judge-output.ts';
import { describeOptionsInForce } from './options-in-force.ts';
import type { Proof } from './proof.ts';
import type { RealRun } from './run.ts';
import { EVERYBODY, isOfAll, partitions, type Struck } from './strike.ts';

/** Everything about a run but its verdict. */
export function factLines(run: RealRun): string[] {
  return factsOf(run).map(([label, text]) => fact(label, text));
}

type Fact = readonly [string, string];

export function factsOf(run: RealRun): readonly Fact[] {
  const { facts, struck, proof, upAtMs, endedAtMs } = run;
  return [
    ...whatRan(run),
    ...(struck.length === 0
      ? ([['strike', 'none: nothing was tried; --strike KIND tries something, --rounds kills at random']] as const)
      : struck.map((one): Fact => ['strike', describeStrike(one)])),
    ...(proof === null ? [] : proofOf(proof, facts)),
    ...jobLines(run),
    ['checkpoints', describeCheckpoints(facts)],
    ['recovery', `${count(restartsOf(facts), 'restart')}, ${count(leaderChangesOf(facts), 'change')} of leader`],
    [
      'time',
      `${formatSeconds(upAtMs)} until all processes were up, ${formatSeconds(endedAtMs - upAtMs)} from then to the end, ${formatSeconds(run.wallMs)} in all`,
    ],
    ['left over', describeLeftovers([run])],
  ];
}

/** Of several jobs, or one that somebody meddles with: how each ended, and what each client was told. */
function jobLines({ lives, clients }: Pick<RealRun, 'lives' | 'clients'>): readonly Fact[] {
  if (clients.length <= 1) return [];
  return [
    ['jobs', lives.map(describeLife).join(', ')],
    ['clients', clients.map(describeClient).join('; ')],
  ];
}

function describeLife({ jobId, stored, end }: JobLife): string {
  if (end === null) return `${jobId} ${stored ? 'has no result' : 'was never accepted'}`;
  return `${jobId} ${describeEnd(end)}`;
}

function describeClient({ address, wants, jobId, result }: ClientView): string {
  return `${address} ${wants}${jobId === '' ? '' : ` ${jobId}`}: ${describeResult(result)}`;
}

function describeResult(result: ClientView['result']): string {
  if (result === null) return 'no answer';
  switch (result.kind) {
    case 'job':
    case 'savepoint':
    case 'taken':
    case 'drain':
      return result.status;
    case 'jobs':
      return count(result.jobs.length, 'job');
    case 'checkpoints':
      return `${result.counts.completed} completed`;
    case 'exceptions':
      return count(result.exceptions.length, 'failure');
    case 'details':
      return result.status;
    case 'checkpoint':
      return result.checkpoint?.status ?? 'not kept';
    case 'overview':
      return count(result.taskManagers.length, 'TaskManager');
    case 'refused':
      return `refused, ${describeReason(result.reason)}`;
    default:
      return unreachable(result);
  }
}

/** What was given and what of it counts, the same for all rounds of a scenario. */
export function whatRan({ options, unread }: Pick<RealRun, 'options' | 'unread'>): readonly Fact[] {
  const input: readonly Fact[] = unread.length === 0 ? [] : [['input', describeUnread(unread)]];
  return [['options', describeOptionsInForce(options)], ...input];
}

function proofOf(
  { deployment, standstillMs, committedAfterMs, joinedAfterMs, ignored, struck }: Proof,
  facts: RealFacts,
): readonly Fact[] {
  const { backAtMs, atMs } = struck;
  const before = facts.completed.filter((one) => one.atMs <= struck.atMs);
  const zombie = `${count(ignored, 'message')} to and from ${struck.victim} were ignored in the second behind its return`;
  return [
    [
      'before',
      `${count(before.length, 'checkpoint')} completed, the latest ${struck.checkpointId}; ${describeWork(struck)}`,
    ],
    ...(deployment === null ? [] : [['after', describeDeployment(deployment, struck)] as const]),
    ...(joinedAfterMs === null
      ? []
      : ([
          ['back', `${struck.victim} was registered again ${formatSeconds(joinedAfterMs)} behind its return`],
        ] as const)),
    ...(isZombie(struck) ? ([['zombie', zombie]] as const) : []),
    [
      'outage',
      `no record moved for ${formatSeconds(standstillMs)}; output was committed again ${formatSeconds(committedAfterMs)} after the strike${isOfAll(struck.kind) && backAtMs !== null ? `, ${formatSeconds(atMs + committedAfterMs - backAtMs)} behind its end` : ''}`,
    ],
  ];
}

function describeDeployment({ by, epoch, attempt, restoredFrom, atMs }: Deployment, struck: Struck): string {
  return `attempt ${attempt} deployed by ${by} with epoch ${epoch} from checkpoint ${restoredFrom}, ${formatSeconds(atMs - struck.atMs)} after the strike`;
}

/** `PASS` or `FAIL` with its sentence and evidence, and what was compared. */
export function verdictLines(run: RealRun): string[] {
  const isPass = run.verdict === 'pass';
  return [
    wrapText(isPass ? 'PASS  ' : 'FAIL  ', run.sentence),
    ...run.evidence.map((line) => wrapText('      ', line)),
    fact('compared', describeCompared(run)),
  ];
}

export function describeCompared({ finished, committed, recordsIn, judgedBy }: RealRun): string {
  const outputs = Object.values(committed).reduce((sum, values) => sum + values.length, 0);
  if (!finished) return `nothing: not all is over (${count(outputs, 'record')} committed)`;
  return `${count(outputs, 'committed record')} (${count(countGroups(committed), 'group')}) of ${count(recordsIn, 'record')} that were read, ${judgedBy}`;
}

/** One line: what was done, to whom, when, and when it was undone. */
export function describeStrike({ kind, victim, atMs, backAtMs, barrierOf, file }: Struck): string {
  const at = `at ${formatSeconds(atMs)}`;
  const back = backAtMs === null ? null : formatSeconds(backAtMs - atMs);
  const lasting = `from ${formatSeconds(atMs)} on${back === null ? '' : `, for ${back}`}`;
  switch (kind) {
    case 'tm-crash':
    case 'jm-crash':
      return `kill -9 of ${victim} ${at}, ${back === null ? 'not started again' : `started again ${back} later`}`;
    case 'tm-loss':
    case 'jm-loss':
      return `kill -9 of ${victim} ${at}, for good`;
    case 'tm-clock-back':
      return `kill -9 of ${victim} ${at}, ${back === null ? 'not started again' : `started again ${back} later with an empty work folder and its clock an hour back`}`;
    case 'tm-pause':
    case 'jm-pause':
      return `${victim} was stopped (SIGSTOP) ${at}${back === null ? '' : `, and went on ${back} later`}`;
    case 'barrier-loss':
      return `the barrier of checkpoint ${barrierOf} was lost on its way to ${victim} ${at}`;
    case 'partition':
      return `${victim} and all others could not reach each other from ${formatSeconds(atMs)} on${back === null ? '' : `, for ${back}`}`;
    case 'jm-isolated':
      return `${victim} and the TaskManagers could not reach each other from ${formatSeconds(atMs)} on${back === null ? '' : `, for ${back}`}`;
    case 'hanging-streams':
      return `all connections of ${victim} hung from ${formatSeconds(atMs)} on${back === null ? '' : `; new ones came up ${back} later`}`;
    case 'all-crash':
      return `kill -9 of all processes ${at}, ${back === null ? 'not started again' : `started again ${back} later`}`;
    case 'all-pause':
      return `all processes were stopped (SIGSTOP) ${at}${back === null ? '' : `, and went on ${back} later`}`;
    case 'disk-full':
      return `the disk of all processes was full (ENOSPC) ${lasting}`;
    case 'disk-read-only':
      return `the disk of all processes was read-only (EROFS) ${lasting}`;
    case 'sync-fails':
      return `all syncs of all processes failed (EIO) ${lasting}`;
    case 'sync-slow':
      return `each sync of each process took a second more ${lasting}`;
    case 'clocks-jump':
      return `the wall clocks of all processes were an hour ahead or behind ${lasting}`;
    case 'damaged-ha':
    case 'damaged-metadata':
    case 'damaged-snapshot':
    case 'damaged-artifact':
    case 'damaged-sink':
      return `kill -9 of all processes ${at}; a bit of ${file === '' ? 'a file' : file} was flipped as they started again${back === null ? '' : `, until ${back} later`}`;
    default:
      return unreachable(kind);
  }
}

/** It came back as the process that it was, and did not know what had happened. */
function isZombie({ kind }: Struck): boolean {
  return kind.endsWith('-pause') || partitions.includes(kind);
}

function describeWork({ kind, victim, attempts, epoch }: Struck): string {
  if (victim === EVERYBODY) return `epoch ${epoch} led`;
  return kind.startsWith('jm-') ? `${victim} led with epoch ${epoch}` : `${victim} ran ${attempts.join(', ')}`;
}

function describeCheckpoints(facts: RealFacts): string {
  const { completed, aborted } = facts;
  const times = new Map<string, number>();
  for (const one of aborted) times.set(whyAborted(facts, one), (times.get(whyAborted(facts, one)) ?? 0) + 1);
  const reasons = [...times].map(([reason, count]) => `${reason}: ${count}`).join(', ');
  return `${completed.length} completed, ${aborted.length === 0 ? 'none aborted' : `${aborted.length} aborted (${reasons})`}`;
}

export function restartsOf({ deployments }: RealFacts): number {
  return deployments.length - new Set(deployments.map(({ jobId }) => jobId)).size;
}

export function leaderChangesOf({ elections }: RealFacts): number {
  return Math.max(0, elections - 1);
}

export function hasLeftovers({ leftovers: { checkpoints, output } }: Pick<RealRun, 'leftovers'>): boolean {
  return checkpoints.length + output.length > 0;
}

/** Of one run, or of many; those of one are named. */
export function describeLeftovers(runs: readonly Pick<RealRun, 'leftovers'>[]): string {
  const checkpoints = runs.flatMap(({ leftovers }) => leftovers.checkpoints);
  const output = runs.flatMap(({ leftovers }) => leftovers.output);
  if (!runs.some(hasLeftovers)) return 'nothing: no file of a checkpoint, no output that was never committed';
  const counts = `${count(checkpoints.length, 'file')} of checkpoints, ${count(output.length, 'file')} of output that was never committed`;
  return runs.length === 1 ? `${counts}: ${firstNames([...checkpoints, ...output])}` : counts;
}

const NAMES_MAX = 4;

function firstNames(names: readonly string[]): string {
  const rest = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(', ') + (rest > 0 ? `, and ${rest} more` : '');
}
