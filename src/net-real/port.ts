// What a real host carries requests out with: one port per service. Ports may wait; machines never do.
import { REQUESTS_PER_TASK_MAX } from '../core/task/state.ts';
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';

/** The number of the task that asks: an attempt has one, which no other attempt has in this process. 0: the machine itself, or nobody says. */
export function taskOf(id = 0): number {
  return Math.floor(id / REQUESTS_PER_TASK_MAX);
}

export interface Port {
  /** Kinds of requests that it carries out; no two ports of a host serve the same kind. */
  readonly serves: readonly PortRequest['kind'][];
  /**
   * Answers once, and later than this call returns. Never rejects: what goes wrong is an answer `failed`, with `unknown` wherever the request
   * may have been, or may yet be, applied. Requests that are on their way at the same time are not ordered.
   * @param id of the request in its machine; it says which task asks (`taskOf`)
   */
  request(request: PortRequest, id?: number): Promise<PortAnswer | PortFailed>;
  /** Gives back files and timers. Requests that wait (a watch) may stay without an answer. */
  close(): Promise<void>;
}
