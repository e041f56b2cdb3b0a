// A client that asks one thing after the other, as an operator does who replaces a job: the next one when the one before was done. What is refused because
// it is too early is asked again. Whoever only looks on asks the next thing a while later, whatever was answered, and asks whoever led before as well.
import { must, unreachable } from '../../core/base/assert.ts';
import type { Address, Machine } from '../../core/base/machine.ts';
import { setTimer } from '../../core/base/timers.ts';
import type { ClusterOutbox, ClusterVocabulary } from '../../core/protocol/ports.ts';
import { client, type ClientRequest, type ClientResult, type ClientState } from '../../core/client/client.ts';
import { sendRequest, type Progress } from '../../core/client/request.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { isGloballyTerminal } from '../../core/protocol/states.ts';

export interface ScriptState extends ClientState {
  /** The request that is being asked, or was the last one, as an index. */
  asked: number;
  /** The checkpoint that was kept of the job that was cancelled; '': none. */
  retained: string;
  /** Who led before the leader that it follows; '': nobody that it heard of. */
  formerLeader: Address;
}

/** Which request the state of a client is about, as an index. */
export function askedOf(state: ClientState): number {
  return 'asked' in state ? (state as ScriptState).asked : 0;
}

export interface ScriptConfig {
  readonly address: string;
  readonly options: ClusterOptions;
  /** In their order. At least one. */
  readonly requests: readonly [ClientRequest, ...ClientRequest[]];
}

export function scriptedClient(config: ScriptConfig): Machine<ScriptState, ClusterVocabulary> {
  const { address, options, requests } = config;
  const machines = requests.map((request) => client({ address, options, request }));
  const [first] = machines as [Machine<ClientState, ClusterVocabulary>];
  const { relative, ...inner } = first;
  return {
    ...inner,
    create: () => ({ ...first.create(), asked: 0, retained: '', formerLeader: '' }),
    step(state, input, out) {
      const request = requests[state.asked];
      if (request === undefined) return;
      const machine = isOpen(request) ? client({ address, options, request: closed(request, state) }) : null;
      const leader = state.watch.leader?.address ?? '';
      (machine ?? machines[state.asked])?.step(state, input, out);
      if (state.watch.leader?.address !== leader) state.formerLeader = leader;
      if (state.result === null) return;
      const next = whatNext(request, state.result);
      if (next === 'stop' || (next === 'go-on' && state.asked === requests.length - 1)) return;
      if (next === 'go-on') {
        if (state.result.kind === 'job') {
          const { status, retainedCheckpoint } = state.result;
          const following = requests[state.asked + 1];
          if (status === 'FINISHED' && following !== undefined && isOpen(following)) return; // all of it is done
          state.retained = retainedCheckpoint ?? '';
        }
        state.asked += 1;
      }
      state.phase = 'ASKING'; // a client of its own, but for the leader that it knows
      state.result = null;
      state.isKept = false;
      state.isUnanswered = false;
      const waitMs = next === 'again' ? options.clientRetryMs : 0;
      setTimer(state.timers, 'ask', input.now + (isLook(request) ? lookOn(state, requests, options, out) : waitMs));
    },
    ...(relative === undefined ? {} : { relative }),
  };
}

/** It changes nothing, and has an answer at once. */
function isLook({ kind }: ClientRequest): boolean {
  return kind === 'overview' || kind === 'details' || kind === 'checkpoints' || kind === 'checkpoint';
}

/** A look is done at once. */
const NOTHING_DONE: Progress = { after: null, isKept: false };
/** Several looks fit in the time in which whoever is not answered asks again. */
const LOOKS_A_RETRY = 4;

/** For how long it waits, in ms. Whoever led before is asked at once: it may not know yet that it leads no more. */
function lookOn(
  { asked, formerLeader }: ScriptState,
  requests: ScriptConfig['requests'],
  { clientRetryMs }: ClusterOptions,
  out: ClusterOutbox,
): number {
  if (formerLeader !== '') sendRequest(out, formerLeader, must(requests[asked], 'the next request'), NOTHING_DONE);
  return out.pick('look', Math.ceil(clientRetryMs / LOOKS_A_RETRY));
}

/** It starts from the checkpoint that was kept of the job before, which is known when that is over. */
function isOpen(request: ClientRequest): request is Extract<ClientRequest, { readonly kind: 'submit' }> {
  return request.kind === 'submit' && request.restore?.savepointId === '';
}

/** A job of which no checkpoint was kept had none, and has committed nothing. */
function closed(
  { restore, ...request }: Extract<ClientRequest, { readonly kind: 'submit' }>,
  { retained }: Pick<ScriptState, 'retained'>,
): ClientRequest {
  return restore === undefined || retained === ''
    ? request
    : { ...request, restore: { ...restore, savepointId: retained } };
}

/** Nothing follows where a job ended by itself that was to be replaced, or the last request was answered. */
function whatNext(request: ClientRequest, result: ClientResult): 'go-on' | 'again' | 'stop' {
  switch (result.kind) {
    case 'refused': {
      if (isLook(request)) return 'go-on';
      const { reason } = result;
      const isOver =
        reason.kind === 'tasks-not-running' && reason.status !== 'UNKNOWN' && isGloballyTerminal(reason.status);
      return request.kind === 'submit' || isOver ? 'stop' : 'again';
    }
    case 'job':
      if (request.kind === 'submit') return 'go-on'; // UNKNOWN: its result was removed since
      if (result.status === 'UNKNOWN') return 'again'; // it is not stored yet
      return request.kind === 'stop' && result.savepointId !== request.savepointId ? 'stop' : 'go-on';
    case 'savepoint':
    case 'taken':
    case 'jobs':
    case 'drain':
    case 'checkpoints':
    case 'exceptions':
    case 'details':
    case 'checkpoint':
    case 'overview':
      return 'go-on';
    default:
      return unreachable(result);
  }
}
