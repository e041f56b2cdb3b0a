// What a fault would hit, read from the states of the machines. Read only: a fault never touches them.
import type { ClientState } from '../../../core/client/state.ts';
import type { JobManagerState, Leader } from '../../../core/jobmanager/state.ts';
import { JOB_PREFIX, RESULT_PREFIX } from '../../../core/protocol/ha-keys.ts';
import { decodeResult } from '../../../core/protocol/records-codec.ts';
import type { TaskManagerState } from '../../../core/taskmanager/state.ts';
import type { NodeView, WorldView } from '../../observation.ts';
import type { HaState } from '../services/ha.ts';

/** A TaskManager that runs tasks: its loss is felt. */
export function isTaskRunner(view: WorldView, address: string): boolean {
  return runningTasks(view, address) > 0;
}

/** Tasks of a TaskManager that did not end; 0 for any other node. */
export function runningTasks(view: WorldView, address: string): number {
  const node = view.node(address);
  if (node === undefined || !isTaskManager(node)) return 0;
  return (node.state as TaskManagerState).tasks.length;
}

/** Addresses of TaskManagers that run tasks. */
export function taskRunners(view: WorldView): readonly string[] {
  return view
    .nodes()
    .flatMap(({ address, status }) =>
      (status === 'running' || status === 'paused') && isTaskRunner(view, address) ? [address] : [],
    );
}

/** A TaskManager with a task that is being restored from a checkpoint. */
export function isRestoring(view: WorldView, address: string): boolean {
  const node = view.node(address);
  if (node === undefined || !isTaskManager(node)) return false;
  const { tasks } = node.state as TaskManagerState;
  return tasks.some(({ status, descriptor }) => status === 'INITIALIZING' && descriptor.restore !== null);
}

/** A JobManager that leads, and is writing how a job ended, or cleaning up. */
export function isEndingJob(view: WorldView, address: string): boolean {
  const node = view.node(address);
  const leader = node === undefined ? null : leaderStateOf(node);
  if (leader === null) return false;
  return leader.cleanUps.size > 0 || [...leader.jobs.values()].some(({ outcome }) => outcome !== null);
}

/** A TaskManager without tasks that was given a slot, or is about to be: somebody counts on it. */
export function isAwaitingTasks(view: WorldView, address: string, kind: string): boolean {
  const node = view.node(address);
  if (node === undefined || !isTaskManager(node)) return false;
  const { tasks, slots } = node.state as TaskManagerState;
  return tasks.length === 0 && (kind === 'request-slot' || slots.some((slot) => slot.state !== 'FREE'));
}

/** A JobManager that believes to lead, and has a job that is not over, or not cleaned up. */
export function isLeadingJob(view: WorldView, address: string): boolean {
  const node = view.node(address);
  return node !== undefined && leadsJob(node);
}

/** As above, and TaskManagers are registered with it: it has somebody to lose. */
export function isLeadingTaskManagers(view: WorldView, address: string): boolean {
  const node = view.node(address);
  return node !== undefined && leadsJob(node) && (leaderStateOf(node)?.taskManagers.size ?? 0) > 0;
}

/** A JobManager that believes to lead, whatever it knows of jobs. */
export function isLeader(view: WorldView, address: string): boolean {
  const node = view.node(address);
  return node !== undefined && leaderStateOf(node) !== null;
}

/** A JobManager that leads, knows of no job, and is making one durable or is about to. */
export function isLeadingSubmission(view: WorldView, address: string, kind: string): boolean {
  const node = view.node(address);
  const leader = node === undefined ? null : leaderStateOf(node);
  if (leader === null || !leader.recovery.done || leader.jobs.size > 0 || leader.results.size > 0) return false;
  return kind === 'submit-job' || leader.submissions.size > 0;
}

/** What was seen last. Only a write changes the entries, and each raises the revision; another world, or one that was forked, has another state. */
const seen: { state: HaState | null; revision: number; alive: boolean } = { state: null, revision: 0, alive: false };

/** A job was accepted, and is not over and cleaned up yet. It runs for every question, hence it is looked at once for each write. */
export function isJobAlive(view: WorldView): boolean {
  const state = view.service('ha') as HaState;
  if (seen.state === state && seen.revision === state.revision) return seen.alive;
  seen.state = state;
  seen.revision = state.revision;
  seen.alive = isAnyAlive(state);
  return seen.alive;
}

function isAnyAlive({ entries }: HaState): boolean {
  let [accepted, over] = [0, 0];
  for (const [key, { value }] of entries) {
    if (key.startsWith(JOB_PREFIX)) accepted += 1;
    else if (!key.startsWith(RESULT_PREFIX)) continue;
    else if (isClean(value)) over += 1;
    else return true;
  }
  return accepted > 0 && (over === 0 || hasUnfinished(entries));
}

function hasUnfinished(entries: HaState['entries']): boolean {
  for (const key of entries.keys())
    if (key.startsWith(JOB_PREFIX) && !entries.has(`${RESULT_PREFIX}${key.slice(JOB_PREFIX.length)}`)) return true;
  return false;
}

function isClean(value: Uint8Array): boolean {
  const result = decodeResult(value);
  return result.ok && result.value.clean;
}

/** Nothing of any job is stored: whoever submits one has not been promised anything. */
export function isNothingStored(view: WorldView): boolean {
  const { entries } = view.service('ha') as HaState;
  return ![...entries.keys()].some((key) => key.startsWith(JOB_PREFIX) || key.startsWith(RESULT_PREFIX));
}

/** The result of a job is durable, and a client of it has not heard of that. */
export function isResultUnknown(view: WorldView, jobId: string, client: string): boolean {
  const { entries } = view.service('ha') as HaState;
  if (!entries.has(`${RESULT_PREFIX}${jobId}`)) return false;
  return (view.node(client)?.state as ClientState | undefined)?.result === null;
}

/** A client that has no answer yet, or is about to hear its last one. */
export function isClientWaiting(view: WorldView, address: string): boolean {
  const node = view.node(address);
  return node?.role === 'client' && (node.state as ClientState).result === null;
}

/** JobManagers beside a leader that may take its place; of any other node none. */
export function standbysOf(view: WorldView, leader: string): readonly string[] {
  if (view.node(leader)?.role !== 'job-manager') return [];
  return view
    .nodes()
    .flatMap(({ role, address, status }) =>
      role === 'job-manager' && address !== leader && status === 'running' ? [address] : [],
    );
}

/** Nodes of a role that did not die for good. Those that are down count: they come back. */
export function leftOf(view: WorldView, role: string): number {
  let left = 0;
  for (const node of view.nodes()) if (node.role === role && !node.isGone) left += 1;
  return left;
}

export type Moment = 'leaderless' | 'finalizing' | 'other';

/**
 * What is special about this moment. `leaderless`: no JobManager believes to lead. `finalizing`: a checkpoint has all its acknowledgements, and its
 * pointer is being written. It runs for every question, hence the plain loops.
 */
export function momentOf(view: WorldView): Moment {
  let moment: Moment = 'leaderless';
  for (const node of jobManagersOf(view.nodes())) {
    const leader = leaderStateOf(node);
    if (leader === null) continue;
    if (isFinalizing(leader)) return 'finalizing';
    moment = 'other';
  }
  return moment;
}

/** Those of the world that was asked about last; the nodes of a view are made once. */
let jobManagers: { readonly of: readonly NodeView[]; readonly found: readonly NodeView[] } = { of: [], found: [] };

function jobManagersOf(nodes: readonly NodeView[]): readonly NodeView[] {
  if (jobManagers.of !== nodes) jobManagers = { of: nodes, found: nodes.filter(({ role }) => role === 'job-manager') };
  return jobManagers.found;
}

function isFinalizing({ jobs }: Leader): boolean {
  for (const { coordinator } of jobs.values()) {
    if (coordinator.pending.size === 0) continue;
    for (const pending of coordinator.pending.values()) if (pending.state === 'FINALIZING') return true;
  }
  return false;
}

/** The address of a JobManager with a job that is not over, or not cleaned up, or null. */
export function leaderAddress(view: WorldView): string | null {
  return view.nodes().find(leadsJob)?.address ?? null;
}

/** Some coordinator of the job waits for this checkpoint. */
export function isCheckpointPending(view: WorldView, jobId: string, checkpointId: number): boolean {
  return view
    .nodes()
    .some((node) => leaderStateOf(node)?.jobs.get(jobId)?.coordinator.pending.has(checkpointId) === true);
}

/** Of all nodes of a role, whether they are up or not. */
export function addressesOf(view: WorldView, role: NodeView['role']): readonly string[] {
  return view.nodes().flatMap((node) => (node.role === role ? [node.address] : []));
}

export function otherTaskManagers(view: WorldView, address: string): readonly string[] {
  return view.nodes().flatMap((node) => (isTaskManager(node) && node.address !== address ? [node.address] : []));
}

function leadsJob(node: NodeView): boolean {
  const leader = leaderStateOf(node);
  return leader !== null && leader.jobs.size + leader.cleanUps.size > 0;
}

/** Null for a process that does not lead, or is gone. */
function leaderStateOf(node: NodeView): Leader | null {
  if (node.role !== 'job-manager') return null;
  const { leader } = node.state as JobManagerState;
  return leader === null || node.status === 'down' || node.status === 'halted' ? null : leader;
}

function isTaskManager(node: NodeView): boolean {
  return node.role === 'task-manager';
}
