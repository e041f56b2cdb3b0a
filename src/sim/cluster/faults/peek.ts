// What a fault would hit, read from the states of the machines. Read only: a fault never touches them.
import type { JobManagerState, Leader } from '../../../core/jobmanager/state.ts';
import { JOB_PREFIX, RESULT_PREFIX } from '../../../core/protocol/ha-keys.ts';
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

/** A JobManager that believes to lead, and has a job that is not over. */
export function isLeadingJob(view: WorldView, address: string): boolean {
  const node = view.node(address);
  return node !== undefined && leadsJob(node);
}

/** A job was accepted, and its result is not durable yet. */
export function isJobAlive(view: WorldView): boolean {
  const { entries } = view.service('ha') as HaState;
  let accepted = false;
  for (const key of entries.keys()) {
    if (key.startsWith(RESULT_PREFIX)) return false;
    if (key.startsWith(JOB_PREFIX)) accepted = true;
  }
  return accepted;
}

export type Moment = 'leaderless' | 'finalizing' | 'other';

/**
 * What is special about this moment. `leaderless`: no JobManager believes to lead. `finalizing`: a checkpoint has all its acknowledgements, and its
 * pointer is being written. It runs for every question, hence the plain loops.
 */
export function momentOf(view: WorldView): Moment {
  let moment: Moment = 'leaderless';
  for (const node of view.nodes()) {
    const leader = leaderStateOf(node);
    if (leader === null) continue;
    if (isFinalizing(leader)) return 'finalizing';
    moment = 'other';
  }
  return moment;
}

function isFinalizing(leader: Leader): boolean {
  for (const job of leader.jobs.values()) {
    for (const pending of job.coordinator.pending.values()) if (pending.state === 'FINALIZING') return true;
  }
  return false;
}

/** The address of a JobManager with a job that is not over, or null. */
export function leaderAddress(view: WorldView): string | null {
  return view.nodes().find(leadsJob)?.address ?? null;
}

/** Some coordinator waits for this checkpoint. */
export function isCheckpointPending(view: WorldView, checkpointId: number): boolean {
  return view.nodes().some((node) => {
    const jobs = leaderStateOf(node)?.jobs.values() ?? [];
    return [...jobs].some((job) => job.coordinator.pending.has(checkpointId));
  });
}

export function otherTaskManagers(view: WorldView, address: string): readonly string[] {
  return view.nodes().flatMap((node) => (isTaskManager(node) && node.address !== address ? [node.address] : []));
}

function leadsJob(node: NodeView): boolean {
  return (leaderStateOf(node)?.jobs.size ?? 0) > 0;
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
