// What a real host carries requests out with: one port per service. Ports may wait; machines never do.
import type { PortAnswer, PortFailed, PortRequest } from '../core/protocol/ports.ts';

export interface Port {
  /** Kinds of requests that it carries out; no two ports of a host serve the same kind. */
  readonly serves: readonly PortRequest['kind'][];
  /**
   * Answers once, and later than this call returns. Never rejects: what goes wrong is an answer `failed`, with `unknown` wherever the request
   * may have been, or may yet be, applied. Requests that are on their way at the same time are not ordered.
   */
  request(request: PortRequest): Promise<PortAnswer | PortFailed>;
  /** Gives back files and timers. Requests that wait (a watch) may stay without an answer. */
  close(): Promise<void>;
}
