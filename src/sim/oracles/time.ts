// O-time (I11): watermarks never run back, none is ahead of those that its task was given, no record comes behind one, and nothing that a
// window makes leaves its task before the watermark says that the window is over.
import type { Value } from '../../core/base/value.ts';
import { batchSize, NO_TIMESTAMP, timestampAt, type Batch } from '../../core/graph/batch.ts';
import type { JobGraph, OperatorKind } from '../../core/graph/job-graph.ts';
import type { Bodies, Element, TaskDescriptor } from '../../core/protocol/messages.ts';
import type { PortRequest } from '../../core/protocol/ports.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { Oracle, Violate, Violation, WorldView } from '../observation.ts';
import type { OracleContext } from './context.ts';
import { readSnapshot } from './decode.ts';
import { line } from './evidence.ts';
import { END_OF_TIME } from './kinds/kind.ts';
import { REFERENCE_KINDS } from './kinds/kinds.ts';
import { referenceOf, type ReferenceLines } from './reference.ts';
import { deliveredTo, sentBy, type RequestOf, type Stepped } from './seen.ts';
import { storageOf } from './service-views.ts';
import { textOf, timeText } from './text.ts';

/** Event time of the newest attempt of one subtask, as its channels show it. Channels are numbered `edge * CHANNELS_MAX + other subtask`. */
interface TaskTime {
  readonly epoch: number;
  readonly attempt: number;
  readonly vertex: number;
  readonly subtask: number;
  readonly head: OperatorKind;
  /** Where the task began: the watermark of the snapshot that it restores. */
  readonly restored: number;
  /** Last watermark delivered on each input channel, of all that feed the task. */
  readonly inputs: Map<number, number>;
  /** Last watermark sent on each output channel. */
  readonly outputs: Map<number, number>;
  /** The smallest of the inputs, never below `restored`: nothing of the task can be ahead of it. */
  floor: number;
  /** Of the records that wait in the task for their sink: the transaction, its chunk, and how many of them were judged. */
  transaction: string;
  chunk: number;
  judged: number;
}

export interface TimeState {
  /** By `vertex * CHANNELS_MAX + subtask`. */
  readonly tasks: Map<number, TaskTime>;
  /** Where edges come from and lead to. */
  readonly sources: Map<number, number>;
  readonly targets: Map<number, number>;
  /** Sources were told to end before their input does: windows that fire then are no windows of a whole run. */
  drained: boolean;
  /** Vertices that begin with a window and end in a sink, by the sink's operator. */
  readonly windowSinks: Map<string, number>;
}

const CHANNELS_MAX = 65_536; // above any parallelism

export function timeOracle(context: OracleContext, jobs: readonly OracleContext[] = [context]): Oracle<TimeState> {
  const inOrder = keepsOrder(context.graph);
  const hasWindows = jobs.some(({ graph }) => graph.operators.some(({ kind }) => isWindow(kind)));
  return {
    name: 'O-time',
    hears: {
      inputs: hasWindows ? 'all' : ['channel-elements', 'deploy-task', 'trigger-checkpoint'], // `judgeBuffers` looks at each step
      sends: ['channel-elements'],
      requests: ['sink-write'],
    },
    create: () => ({
      tasks: new Map(),
      sources: new Map(),
      targets: new Map(),
      drained: false,
      windowSinks: new Map(),
    }),
    observe: (state, seen, view, violate) => {
      if (seen.kind !== 'stepped') return;
      const message = deliveredTo(seen);
      if (message?.kind === 'channel-elements' && message.body.channel.jobId === context.jobId)
        onDelivered(state, message.body);
      else if (message?.kind === 'deploy-task' && message.body.task.attempt.jobId === context.jobId) {
        onDeploy(state, message.body, view);
      } else if (message?.kind === 'trigger-checkpoint' && message.body.attempt.jobId === context.jobId)
        state.drained ||= message.body.drain;
      onEffects(state, context, inOrder, seen, violate);
      if (state.windowSinks.size > 0) judgeBuffers(state, context, seen, view, violate);
    },
    finish: () => undefined,
  };
}

/** Its results carry the end of their window as their time, and come when that is over. */
function isWindow(kind: OperatorKind): boolean {
  return REFERENCE_KINDS[kind].dated === 'at-window-end';
}

/** Where user code gives records any time, nothing can be said of those behind it. */
function keepsOrder(graph: JobGraph): boolean {
  return graph.operators.every(({ kind }) => REFERENCE_KINDS[kind].dated !== 'at-will');
}

function onDeploy(state: TimeState, { epoch, task }: Bodies['deploy-task'], view: WorldView): void {
  const { vertex, subtask, attempt } = task.attempt;
  const known = state.tasks.get(vertex * CHANNELS_MAX + subtask);
  if (known !== undefined && (known.epoch > epoch || (known.epoch === epoch && known.attempt >= attempt))) return;
  for (const edge of [...task.vertex.inputs, ...task.vertex.outputs]) {
    state.sources.set(edge.index, edge.source);
    state.targets.set(edge.index, edge.target);
  }
  const head = task.vertex.operators[0]?.kind ?? 'map';
  const tail = task.vertex.operators.at(-1);
  if (isWindow(head) && tail?.kind === 'sink') state.windowSinks.set(tail.id, vertex);
  const restored = restoredWatermark(task, view);
  const inputs = task.inputs.flatMap(({ edge, producers }) =>
    producers.map((producer) => [edge.index * CHANNELS_MAX + producer.subtask, NO_TIMESTAMP] as const),
  );
  const time = {
    epoch,
    attempt,
    vertex,
    subtask,
    head,
    restored,
    inputs: new Map(inputs),
    outputs: new Map<number, number>(),
    floor: restored,
    transaction: '',
    chunk: 0,
    judged: 0,
  };
  state.tasks.set(vertex * CHANNELS_MAX + subtask, time);
}

function restoredWatermark(task: TaskDescriptor, view: WorldView): number {
  const watermarks = (task.restore?.handles ?? []).map((handle) => {
    const bytes = storageOf(view).blobs.get(handle.name);
    const snapshot = bytes === undefined ? null : readSnapshot(bytes);
    return snapshot !== null && snapshot.ok ? snapshot.value.watermark : NO_TIMESTAMP;
  });
  return watermarks.length === 0 ? NO_TIMESTAMP : Math.min(...watermarks);
}

function onDelivered(state: TimeState, { channel, elements }: Bodies['channel-elements']): void {
  let task: TaskTime | undefined;
  for (const element of elements) {
    if (element.kind !== 'watermark' && element.kind !== 'end') continue;
    task ??= state.tasks.get((state.targets.get(channel.edge) ?? -1) * CHANNELS_MAX + channel.consumer);
    if (task === undefined || task.epoch !== channel.epoch || task.attempt !== channel.consumerAttempt) return;
    const number = channel.edge * CHANNELS_MAX + channel.producer;
    const timestamp = element.kind === 'end' ? END_OF_TIME : element.timestamp;
    if (timestamp <= (task.inputs.get(number) ?? END_OF_TIME)) continue;
    task.inputs.set(number, timestamp);
    task.floor = Math.max(task.restored, smallest(task.inputs.values()));
  }
}

function smallest(watermarks: Iterable<number>): number {
  let least = END_OF_TIME;
  for (const watermark of watermarks) if (watermark < least) least = watermark;
  return least;
}

function onEffects(state: TimeState, context: OracleContext, inOrder: boolean, seen: Stepped, violate: Violate): void {
  for (const effect of seen.effects) {
    if (effect.effect === 'send') {
      const message = sentBy(effect);
      if (message?.kind === 'channel-elements' && message.body.channel.jobId === context.jobId)
        onFrame(state, context, inOrder, message.body, violate);
    } else if (effect.effect === 'request' && (effect.request as PortRequest).kind === 'sink-write') {
      onSinkWrite(state, context, effect.request as RequestOf<'sink-write'>, violate);
    }
  }
}

function onFrame(
  state: TimeState,
  context: OracleContext,
  inOrder: boolean,
  frame: Bodies['channel-elements'],
  violate: Violate,
): void {
  const { channel } = frame;
  const task = state.tasks.get((state.sources.get(channel.edge) ?? -1) * CHANNELS_MAX + channel.producer);
  if (task === undefined || task.epoch !== channel.epoch || task.attempt !== channel.producerAttempt) return;
  const number = channel.edge * CHANNELS_MAX + channel.consumer;
  let watermark = task.outputs.get(number) ?? NO_TIMESTAMP;
  for (const element of frame.elements) {
    if (element.kind === 'watermark') {
      judgeWatermark(task, channel.edge, watermark, element, violate);
      watermark = element.timestamp;
      task.outputs.set(number, watermark);
    } else if (element.kind === 'batch')
      judgeBatch(task, context, inOrder ? watermark : NO_TIMESTAMP, element.batch, violate);
  }
}

type WatermarkElement = Extract<Element, { readonly kind: 'watermark' }>;

function judgeWatermark(
  task: TaskTime,
  edge: number,
  before: number,
  { timestamp }: WatermarkElement,
  violate: Violate,
): void {
  const about = { kind: 'watermark', timestamp };
  if (timestamp < before) {
    const evidence = [line(`edge ${edge}: ${timestamp} after ${before}`, about)];
    return violate('watermark-runs-back', `the watermark of ${describe(task)} runs back`, evidence, aboutTask(task));
  }
  if (task.head === 'source' || timestamp <= task.floor) return;
  const evidence = [line(`edge ${edge}: ${timestamp}, its inputs are at ${timeText(task.floor)}`, about)];
  const text = `the watermark of ${describe(task)} is ahead of its inputs`;
  violate('watermark-ahead-of-inputs', text, evidence, aboutTask(task));
}

function judgeBatch(task: TaskTime, context: OracleContext, watermark: number, batch: Batch, violate: Violate): void {
  const ceiling = isWindow(task.head) ? task.floor : END_OF_TIME;
  let earliest = END_OF_TIME;
  let latest = NO_TIMESTAMP;
  for (let index = 0; index < batchSize(batch); index++) {
    const timestamp = timestampAt(batch, index);
    if (timestamp > latest) latest = timestamp;
    if (timestamp < earliest && timestamp !== NO_TIMESTAMP) earliest = timestamp;
  }
  if (latest > ceiling) return violateEarly(task, [`to ${latest}, its inputs are at ${timeText(ceiling)}`], violate);
  if (earliest > watermark || !isInputInBounds(context)) return;
  const evidence = [`timestamp ${timeText(earliest)}, watermark ${timeText(watermark)}`];
  const text = `${describe(task)} sends a record behind its watermark`;
  violate('record-behind-watermark', text, evidence, aboutTask(task));
}

function violateEarly(task: TaskTime, evidence: readonly string[], violate: Violate): void {
  const text = `a window of ${describe(task)} fired before the watermark`;
  violate('window-fired-early', text, evidence, aboutTask(task));
}

function aboutTask({ vertex, subtask, attempt }: TaskTime): Pick<Violation, 'about'> {
  return { about: [{ vertex, subtask, attempt }] };
}

/** Input that breaks its bound of out-of-orderness has late records by right. */
function isInputInBounds(context: OracleContext): boolean {
  const reference = referenceOf(context);
  return reference.failure() === null && reference.complete().lateRecords === 0 && reference.complete().inBounds;
}

/** A sink holds no timestamps: a record of a window must be one that the reference makes of a window that is over. */
function onSinkWrite(
  state: TimeState,
  context: OracleContext,
  request: RequestOf<'sink-write'>,
  violate: Violate,
): void {
  const [jobId = '', operator = '', subtask = ''] = request.writer.split('/').slice(-3);
  const vertex = state.windowSinks.get(operator);
  if (vertex === undefined || jobId !== context.jobId) return;
  const task = state.tasks.get(vertex * CHANNELS_MAX + Number(subtask));
  if (task === undefined || task.epoch !== request.token.epoch || task.attempt !== request.token.attempt) return;
  judgeResults(state, task, context, { sink: request.sink, records: request.records }, violate);
}

/**
 * Results wait in their task until a chunk is full or a barrier comes, and by then the watermark may have caught up with a window that fired
 * too early. So they are looked at in the state of the task, directly after the step that made them.
 */
function judgeBuffers(
  state: TimeState,
  context: OracleContext,
  seen: Stepped,
  view: WorldView,
  violate: Violate,
): void {
  const node = view.node(seen.node);
  if (node?.role !== 'task-manager') return;
  for (const { descriptor, epoch, sink } of (node.state as TaskManagerState).tasks) {
    const { jobId, vertex, subtask, attempt } = descriptor.attempt;
    if (jobId !== context.jobId) continue;
    const task = sink === null ? undefined : state.tasks.get(vertex * CHANNELS_MAX + subtask);
    if (sink === null || task === undefined || !isWindow(task.head)) continue;
    if (task.epoch !== epoch || task.attempt !== attempt) continue;
    if (task.transaction !== sink.transaction || task.chunk !== sink.chunks) task.judged = 0;
    task.transaction = sink.transaction;
    task.chunk = sink.chunks;
    if (sink.records.length === task.judged) continue;
    const records = sink.records.slice(task.judged);
    judgeResults(state, task, context, { sink: sink.operator.sink, records }, violate);
    task.judged = sink.records.length;
  }
}

/** Records that go to a sink. */
interface Results {
  readonly sink: string;
  readonly records: readonly Value[];
}

function judgeResults(
  state: TimeState,
  task: TaskTime,
  context: OracleContext,
  { sink, records }: Results,
  violate: Violate,
): void {
  if (!context.reference || isAllDrained(state, task)) return;
  const reference = referenceOf(context);
  if (reference.failure() !== null) return;
  const { sinks, isOneOfSeveral } = reference.complete();
  if (isOneOfSeveral) return;
  const lines = sinks.get(sink);
  const isPartial = isSomeDrained(state, task);
  for (const record of records) {
    const problem = unripe(lines, record, task.floor, isPartial);
    if (problem === null) continue;
    return violateEarly(task, [problem, `its inputs are at ${timeText(task.floor)}`], violate);
  }
}

/** Every window fires. What they hold is judged by O-exact. */
function isAllDrained({ drained }: TimeState, { floor }: TaskTime): boolean {
  return drained && floor === END_OF_TIME;
}

/** Some of its inputs are drained, and others go on until their barrier: a window that is over holds what the former had read, and O-exact judges that. */
function isSomeDrained({ drained }: TimeState, { inputs }: TaskTime): boolean {
  if (!drained) return false;
  for (const watermark of inputs.values()) if (watermark === END_OF_TIME) return true;
  return false;
}

/** @param isPartial windows may lack records */
function unripe(lines: ReferenceLines | undefined, record: Value, floor: number, isPartial: boolean): string | null {
  const number = lines?.numberOf(record);
  if (number === undefined) return isPartial ? null : `${textOf(record)}: no window of the reference comes to that`;
  const last = lines?.earliest[number] as number;
  return last <= floor ? null : `${textOf(record)}: its window ends at ${last + 1}`;
}

function describe(task: TaskTime): string {
  return `${task.vertex}/${task.subtask}#${task.attempt}`;
}
