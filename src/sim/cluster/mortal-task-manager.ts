// A TaskManager that code of its jobs can end. Its work folder notes whose code it was, and the next process there is told before it starts, as the host of
// a real one does it. What a call that does not return keeps is time: until somebody ends the process it is silent.
import { deepFreeze } from '../../core/base/state.ts';
import { NEVER, type Input, type Machine } from '../../core/base/machine.ts';
import type { Outbox } from '../../core/base/outbox.ts';
import type { Kinded, Vocabulary } from '../../core/base/vocabulary.ts';
import { endWork, type AtWork } from '../../core/base/at-work.ts';
import { isProcessEnded, type ProcessEnded } from '../../core/base/process-ended.ts';
import type { ProcessDeath } from '../../core/protocol/ids.ts';
import type { ClusterOutbox, ClusterVocabulary } from '../../core/protocol/ports.ts';
import { deathAtWork } from '../../core/taskmanager/process-death.ts';
import type { TaskManagerState } from '../../core/taskmanager/task-manager.ts';
import type { WorkFolderAnswer, WorkFolderRequest } from './services/work-folder.ts';

export interface MortalState extends TaskManagerState {
  /** Of this process. */
  startedAs: number;
  /** The note that is in the folder, as far as is known. */
  noted: ProcessDeath | null;
  /** It loops: what comes in is not looked at any more. */
  isLooping: boolean;
}

/** No other request of a TaskManager has these. */
const READ = Number.MAX_SAFE_INTEGER;
const WRITE = READ - 1;

/** @param loopRecords so many records take as long as a call may take that does not return. */
export function mortalTaskManager(
  machine: Machine<TaskManagerState, ClusterVocabulary>,
  atWork: AtWork,
  loopRecords: number,
): Machine<MortalState> {
  return {
    role: machine.role,
    create: () => ({ ...machine.create(), startedAs: 0, noted: null, isLooping: false }),
    step: (state, input, out) => onInput({ machine, atWork, loopRecords }, state, input, out),
    wakeAt: (state) => (state.isLooping ? NEVER : machine.wakeAt(state)),
    hasWork: (state) => state.isLooping || machine.hasWork(state),
    checkInvariants: (state) => machine.checkInvariants(state),
  };
}

interface Mortal {
  readonly machine: Machine<TaskManagerState, ClusterVocabulary>;
  readonly atWork: AtWork;
  readonly loopRecords: number;
}

function onInput(mortal: Mortal, state: MortalState, input: Input<Vocabulary>, out: Outbox): void {
  if (state.isLooping) return out.halt({ kind: 'looped' });
  if (input.kind === 'start') return onStart(mortal, state, input, out);
  if (input.kind === 'completed' && input.request === READ) return onRead(mortal, state, input, out);
  if (input.kind === 'completed' && input.request === WRITE) return;
  stepInside(mortal, state, input as Input<ClusterVocabulary>, out);
  if (state.noted !== null && state.death === null) {
    ask(WRITE, { kind: 'death-write', death: null }, out); // a leader has heard of it
    state.noted = null;
  }
}

/** The first process at an address finds nothing. */
function onStart(
  mortal: Mortal,
  state: MortalState,
  input: Extract<Input<Vocabulary>, { readonly kind: 'start' }>,
  out: Outbox,
): void {
  state.startedAs = input.incarnation;
  if (input.incarnation > 1) return ask(READ, { kind: 'death-read' }, out);
  stepInside(mortal, state, input, out);
}

function onRead(
  mortal: Mortal,
  state: MortalState,
  { now, wallTime, answer }: Extract<Input<Vocabulary>, { readonly kind: 'completed' }>,
  out: Outbox,
): void {
  const found = answer as WorkFolderAnswer | { readonly kind: 'failed' };
  if (found.kind !== 'death-found') return ask(READ, { kind: 'death-read' }, out);
  stepInside(mortal, state, { kind: 'start', now, wallTime, incarnation: state.startedAs }, out);
  state.noted = found.death;
  if (found.death === null) return;
  const address = out.address;
  const told = { effect: 'send', streamClass: 'control', from: address, to: address } as const;
  const message = { ...told, kind: 'process-died', body: { death: found.death } } as const;
  stepInside(mortal, state, { kind: 'message', now, wallTime, message }, out);
}

function stepInside(mortal: Mortal, state: MortalState, input: Input<ClusterVocabulary>, out: Outbox): void {
  try {
    mortal.machine.step(state, input, out as unknown as ClusterOutbox);
  } catch (thrown) {
    if (!isProcessEnded(thrown)) throw thrown;
    die(mortal, state, thrown, out);
  }
}

/** Nothing of the step takes effect, and nothing is left of the state, which was left in the middle of it. */
function die({ machine, atWork, loopRecords }: Mortal, state: MortalState, { how }: ProcessEnded, out: Outbox): void {
  const death = deepFreeze(deathAtWork(state.tasks, atWork, how));
  endWork(atWork);
  out.clear();
  Object.assign(state, machine.create());
  ask(WRITE, { kind: 'death-write', death }, out);
  if (how === 'looped') {
    state.isLooping = true;
    out.records = loopRecords;
  } else out.halt({ kind: how } satisfies Kinded);
}

function ask(id: number, request: WorkFolderRequest, out: Outbox): void {
  out.request(id, request);
}
