// What each process of a run of machines is told: one file of JSON for all of them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NodePlan {
  /** The file of the scenario. */
  readonly file: string;
  /** Draws what the scenario draws: nodes and services are the same in all processes. */
  readonly seed: number;
  /** Of `--set`, by name of option. */
  readonly set: Readonly<Record<string, number>>;
  /** `host:port` by address of the scenario. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Wall time in ms from which traces count. */
  readonly startedAt: number;
  /** The monotonic clock of this machine at that time, in ns: all processes share it, and no correction of the wall clock comes between them. */
  readonly clockNs: string;
  /** A folder for each node lies here: what its services keep. */
  readonly disks: string;
  readonly traces: string;
}

export function writePlan(folder: string, plan: NodePlan): string {
  const path = join(folder, 'plan.json');
  writeFileSync(path, JSON.stringify(plan));
  return path;
}

export function readPlan(path: string): NodePlan {
  return JSON.parse(readFileSync(path, 'utf8')) as NodePlan;
}

/** Of one process: half a line of a killed one spoils nothing. */
export function tracePath({ traces }: Pick<NodePlan, 'traces'>, address: string, incarnation: number): string {
  return join(traces, `${encodeURIComponent(address)}.${incarnation}.jsonl`);
}

/** That time on the wall clock of this process, which may have been started by another correction of it. */
export function runStartedAt({ clockNs }: Pick<NodePlan, 'clockNs'>): number {
  const passedMs = Number(process.hrtime.bigint() - BigInt(clockNs)) / 1_000_000;
  return performance.timeOrigin + performance.now() - passedMs;
}
