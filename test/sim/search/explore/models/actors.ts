// Actors with a network, as Stateright's actor systems have them: places are the states of the actors, the network, and the history.
import { Parts } from '../../../../../src/sim/search/explore/parts.ts';
import type { Row, Successors, TransitionSystem } from '../../../../../src/sim/search/explore/transition-system.ts';

export interface Envelope<M> {
  readonly from: number;
  readonly to: number;
  readonly message: M;
}

export interface Reaction<S, M> {
  /** Absent: the actor keeps its state. */
  readonly state?: S;
  readonly sends: readonly (readonly [to: number, message: M])[];
}

export interface ActorModel<S, M, H> {
  readonly actors: number;
  start(actor: number): { readonly state: S; readonly sends: Reaction<S, M>['sends'] };
  /** Null: nothing happens, not even that a state is written. */
  on(actor: number, state: S, from: number, message: M): Reaction<S, M> | null;
  readonly history: H;
  onSent(history: H, envelope: Envelope<M>): H;
  onReceived(history: H, envelope: Envelope<M>): H;
  isInside?(states: readonly S[]): boolean;
}

/** `nondup`: a bag. `dup`: a set of which nothing is taken, and what was taken last. `ordered`: a queue for each pair. */
export type NetworkKind = 'nondup' | 'dup' | 'ordered';

/** Numbers of envelopes: sorted in a bag or a set, in order in queues. */
interface Network {
  readonly held: readonly (readonly number[])[];
  readonly last: number;
}

export interface ActorSystem extends TransitionSystem {
  isInside(state: Readonly<Row>): boolean;
}

export function actorSystem<S, M, H>(model: ActorModel<S, M, H>, kind: NetworkKind, lossy = false): ActorSystem {
  const { actors } = model;
  const [networkAt, historyAt] = [actors, actors + 1];
  const states = new Parts<S>();
  const networks = new Parts<Network>();
  const histories = new Parts<H>();
  const envelopes = new Parts<Envelope<M>>();
  const reactions = new Map<string, Reaction<S, M> | null>();

  const react = (actor: number, state: number, envelope: number): Reaction<S, M> | null => {
    const key = `${actor} ${state} ${envelope}`;
    const known = reactions.get(key);
    if (known !== undefined) return known;
    const { from, message } = envelopes.valueOf(envelope);
    const reaction = model.on(actor, states.valueOf(state), from, message);
    reactions.set(key, reaction);
    return reaction;
  };

  const put = ({ held, last }: Network, envelope: number): Network => {
    if (kind === 'ordered') return { held: enqueue(held, envelope), last };
    const [bag = []] = held;
    if (kind === 'dup' && bag.includes(envelope)) return { held, last };
    return { held: [[...bag, envelope].sort((left, right) => left - right)], last };
  };

  const enqueue = (queues: Network['held'], envelope: number): Network['held'] => {
    const { from, to } = envelopes.valueOf(envelope);
    const isSame = ([head]: readonly number[]): boolean => {
      const other = envelopes.valueOf(head as number);
      return other.from === from && other.to === to;
    };
    if (queues.some(isSame)) return queues.map((queue) => (isSame(queue) ? [...queue, envelope] : queue));
    return [...queues, [envelope]].sort(byPair);
  };

  const byPair = ([left]: readonly number[], [right]: readonly number[]): number => {
    const [a, b] = [envelopes.valueOf(left as number), envelopes.valueOf(right as number)];
    return a.from - b.from || a.to - b.to;
  };

  const without = ({ held, last }: Network, envelope: number): Network => {
    if (kind === 'ordered')
      return { held: held.map((queue) => (queue[0] === envelope ? queue.slice(1) : queue)).filter(isSome), last };
    const [bag = []] = held;
    return { held: [bag.toSpliced(bag.indexOf(envelope), 1)], last };
  };
  const isSome = (queue: readonly number[]): boolean => queue.length > 0;

  const deliverable = ({ held }: Network): readonly number[] =>
    kind === 'ordered' ? held.map(([head]) => head as number) : [...new Set(held[0] ?? [])];

  const sendAll = (from: number, sends: Reaction<S, M>['sends'], network: Network, history: H): [Network, H] => {
    let [net, told] = [network, history];
    for (const [to, message] of sends) {
      const envelope = { from, to, message };
      told = model.onSent(told, envelope);
      net = put(net, envelopes.numberOf(envelope));
    }
    return [net, told];
  };

  const deliver = (state: Readonly<Row>, network: Network, number: number, next: Successors): void => {
    const envelope = envelopes.valueOf(number);
    const { to } = envelope;
    const reaction = react(to, state[to] as number, number);
    const isNothing = reaction === null || (reaction.state === undefined && reaction.sends.length === 0);
    if (isNothing && kind !== 'ordered') return;
    const taken = kind === 'dup' ? { ...network, last: number } : without(network, number);
    const heard = model.onReceived(histories.valueOf(state[historyAt] as number), envelope);
    const [net, told] = sendAll(to, reaction?.sends ?? [], taken, heard);
    if (reaction?.state !== undefined) next.set(to, states.numberOf(reaction.state));
    next.set(networkAt, networks.numberOf(net));
    next.set(historyAt, histories.numberOf(told));
    next.emit();
  };

  return {
    width: actors + 2,
    begin(next) {
      let network: Network = { held: kind === 'ordered' ? [] : [[]], last: -1 };
      let { history } = model;
      for (let actor = 0; actor < actors; actor++) {
        const { state, sends } = model.start(actor);
        next.set(actor, states.numberOf(state));
        [network, history] = sendAll(actor, sends, network, history);
      }
      next.set(networkAt, networks.numberOf(network));
      next.set(historyAt, histories.numberOf(history));
      next.emit();
    },
    expand(state, next) {
      const network = networks.valueOf(state[networkAt] as number);
      for (const number of deliverable(network)) {
        deliver(state, network, number, next);
        if (!lossy) continue;
        next.set(networkAt, networks.numberOf(without(network, number)));
        next.emit();
      }
    },
    isInside: (state) =>
      model.isInside?.(Array.from({ length: actors }, (_, actor) => states.valueOf(state[actor] as number))) ?? true,
  };
}
