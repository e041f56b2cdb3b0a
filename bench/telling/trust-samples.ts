// Samples of a CPU profile that go into who a peer is: hellos with all that they call, and the receiving side of streams, which cuts bytes into frames
// and checks each.
import type { CpuProfile } from './told-samples.ts';

export interface TrustSamples {
  /** Without those in which the process waited. */
  readonly busy: number;
  readonly hello: number;
  /** Of functions themselves: what they hand messages to is no part of it. */
  readonly frames: number;
}

const HELLO = /\/net-real\/(?:hello|greeting|strangers|cluster-secret|tls-files|tls-transport)\.ts$/;
const FRAMES = /\/net-real\/(?:frames|incoming-streams|transport)\.ts$/;

/** @param between in µs, on the monotonic clock of the machine: other samples do not count. */
export function trustSamples(
  { nodes, samples, timeDeltas, startTime }: CpuProfile,
  between: readonly [from: number, to: number],
): TrustSamples {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const isInHello = (id: number): boolean => {
    for (let at: number | undefined = id; at !== undefined; at = callers.get(at))
      if (HELLO.test(byId.get(at)!.callFrame.url)) return true;
    return false;
  };
  let [busy, hello, frames, at] = [0, 0, 0, startTime];
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    const { functionName, url } = byId.get(id)!.callFrame;
    if (at < between[0] || at > between[1] || functionName === '(idle)') continue;
    busy += 1;
    if (isInHello(id)) hello += 1;
    else if (FRAMES.test(url)) frames += 1;
  }
  return { busy, hello, frames };
}
