// The messages that a checkpoint is made of get lost, each by itself: trigger, acknowledgement, abort, notification, and the barrier in a
// channel. That one in two forms: lost in transit, which leaves a gap in the numbers of its channel, or never emitted, which leaves none.
import type { Bodies, Kind, Message, MessageOfKind } from '../../../core/protocol/messages.ts';
import type { FaultPoint, FiredFault, PointControls } from '../../world-types.ts';
import { isCheckpointPending } from './peek.ts';
import { hasBarrier, messageAt } from './points.ts';
import { hitAt, type ClusterRule, type RulesOf } from './rule.ts';
import { noteSkipped } from './skipped-barriers.ts';

type Elements = Bodies['channel-elements'];

export const barrierLoss: RulesOf = ({ estimate }) => {
  const { checkpoints, sources, tasks, channels } = estimate;
  const rules: Omit<ClusterRule, 'share'>[] = [
    messageRule('trigger-checkpoint', checkpoints * sources),
    messageRule('acknowledge-checkpoint', checkpoints * tasks),
    messageRule('abort-checkpoint', ABORTS_PER_RUN * tasks),
    messageRule('notify-checkpoint-complete', checkpoints * tasks),
    inBandRule('lose-barrier', checkpoints * channels, loseBarrier),
    inBandRule('skip-barrier', checkpoints * channels, skipBarrier),
  ];
  return rules.map((rule) => ({ ...rule, share: 1 / rules.length }));
};

const ABORTS_PER_RUN = 1; // a plain run has none; one with faults has about one

function messageRule(kind: Kind, questions: number): Omit<ClusterRule, 'share'> {
  return {
    stream: 'drop',
    at: 'send',
    kinds: [kind],
    questions,
    mayStrike: (point, view) =>
      OUTLIVE_THEIR_CHECKPOINT.has(kind) || isCheckpointPending(view, jobIdOf(point), checkpointIdOf(point)),
    strike(_, controls, point) {
      const message = messageAt(point) as Message;
      controls.dropMessage();
      return hitAt(
        `${message.from}>${message.to}`,
        `${kind} ${checkpointIdOf(point)} from ${message.from} to ${message.to} was lost`,
      );
    },
  };
}

/** These are sent when the checkpoint is over, and are about it all the same. */
const OUTLIVE_THEIR_CHECKPOINT: ReadonlySet<Kind> = new Set(['abort-checkpoint', 'notify-checkpoint-complete']);

function checkpointIdOf(point: FaultPoint): number {
  const message = messageAt(point) as Message;
  if (message.kind === 'channel-elements')
    return message.body.elements.find((element) => element.kind === 'barrier')?.checkpointId ?? 0;
  return 'checkpointId' in message.body ? (message.body.checkpointId ?? 0) : 0;
}

function jobIdOf(point: FaultPoint): string {
  const message = messageAt(point) as Message;
  if (message.kind === 'channel-elements') return message.body.channel.jobId;
  return 'attempt' in message.body ? message.body.attempt.jobId : '';
}

type TakeOut = (
  message: MessageOfKind<'channel-elements'>,
  at: number,
) => { readonly replaced: Elements | null; readonly text: string };

function inBandRule(
  stream: string,
  questions: number,
  strike: (
    state: Parameters<ClusterRule['strike']>[0],
    controls: PointControls,
    message: MessageOfKind<'channel-elements'>,
    at: number,
  ) => FiredFault,
): Omit<ClusterRule, 'share'> {
  return {
    stream,
    at: 'send',
    kinds: ['channel-elements'],
    questions,
    mayStrike: (point, view) => hasBarrier(point) && isCheckpointPending(view, jobIdOf(point), checkpointIdOf(point)),
    strike(state, controls, point) {
      const message = messageAt(point) as MessageOfKind<'channel-elements'>;
      return strike(
        state,
        controls,
        message,
        message.body.elements.findIndex((element) => element.kind === 'barrier'),
      );
    },
  };
}

/** What lies behind the barrier in its frame is lost with it, unless the barrier is first: a frame has no holes. */
const loseInTransit: TakeOut = ({ body, from, to }, at) => {
  const { sequence, elements } = body;
  const text = `barrier in channel-elements from ${from} to ${to} was lost in transit`;
  if (at > 0) return { replaced: { ...body, elements: elements.slice(0, at) }, text };
  return {
    replaced: elements.length > 1 ? { ...body, sequence: sequence + 1, elements: elements.slice(1) } : null,
    text,
  };
};

/** As `loseInTransit`, and the numbers behind it are made to fit from now on. */
const neverEmit: TakeOut = ({ body, from, to }, at) => {
  const elements = body.elements.toSpliced(at, 1);
  const sequence = at === 0 ? body.sequence + 1 : body.sequence;
  return {
    replaced: elements.length > 0 ? { ...body, sequence, elements } : null,
    text: `barrier from ${from} to ${to} was never emitted`,
  };
};

function loseBarrier(
  _: unknown,
  controls: PointControls,
  message: MessageOfKind<'channel-elements'>,
  at: number,
): FiredFault {
  return takeOut(controls, message, loseInTransit(message, at));
}

function skipBarrier(
  state: Parameters<ClusterRule['strike']>[0],
  controls: PointControls,
  message: MessageOfKind<'channel-elements'>,
  at: number,
): FiredFault {
  noteSkipped(state, message.body.channel, message.body.sequence + at);
  return takeOut(controls, message, neverEmit(message, at));
}

function takeOut(
  controls: PointControls,
  message: MessageOfKind<'channel-elements'>,
  { replaced, text }: ReturnType<TakeOut>,
): FiredFault {
  if (replaced === null) controls.dropMessage();
  else controls.replaceMessage({ ...message, body: replaced });
  return hitAt(`${message.from}>${message.to}`, text);
}
