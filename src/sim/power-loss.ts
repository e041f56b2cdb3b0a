// What a crash does to the services that a node has for itself, as its disk: requests that take effect do so at once, and what was not made
// durable is lost or torn. Both are decisions, of which 0 is the kindest.
import { applyCall, serviceOf } from './calls.ts';
import { ownService } from './engine.ts';
import type { Engine } from './engine.ts';
import { observe, rollWords } from './observe.ts';
import { APPLY } from './records.ts';
import type { Call, NodeRecord, SimEvent } from './records.ts';

/** Applies what is on its way to the node's own services, in the order in which it is due; nobody hears the answers. */
export function landLocalCalls(engine: Engine, node: NodeRecord): void {
  const entries = engine.heap.entries();
  const landing = entries.filter(({ event }) => isLocalCall(engine, node, event));
  if (landing.length === 0) return;
  engine.heap.replace(entries.filter((entry) => !landing.includes(entry)));
  for (const { event } of landing) applyCall(engine, { ...(event.item as Call), unanswered: true });
}

function isLocalCall(engine: Engine, node: NodeRecord, event: SimEvent): boolean {
  if (event.type !== APPLY || event.node !== node.fixed.index || event.incarnation !== node.incarnation) return false;
  return serviceOf(engine, (event.item as Call).service).service.isLocal === true;
}

/** Every service may lose what the node had not made durable. */
export function losePower(engine: Engine, node: NodeRecord): void {
  for (const { service, index } of engine.settings.services) {
    if (service.onCrash === undefined) continue;
    const { address } = node.fixed;
    const lost = service.onCrash(ownService(engine, index).state, address, (question, n) =>
      choose(engine, `torn/${service.name}/${address}/${question}`, n),
    );
    if (lost !== null && engine.settings.observed)
      observe(engine, { kind: 'torn', node: address, service: service.name, lost });
  }
}

const LOSS_ODDS = 0.5;

function choose(engine: Engine, question: string, n: number): number {
  const value = engine.decisions.pick(engine.decisions.open(question), n, LOSS_ODDS);
  rollWords(engine, 'torn', n, value);
  return value;
}
