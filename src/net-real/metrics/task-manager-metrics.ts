// What the state of a TaskManager tells: its slots, and each of its tasks.
import { ringSize } from '../../core/base/ring.ts';
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import { MAX_WATERMARK } from '../../core/operators/watermark.ts';
import type { TaskState } from '../../core/task/state.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import type { PressureMeter } from './pressure.ts';
import type { MetricName, Sample } from './table.ts';
import { counted } from './tally.ts';

const MS = 1_000;

/** @param wallTime in ms, for what lags behind it */
export function taskManagerSamples(state: TaskManagerState, meter: PressureMeter, wallTime: number): readonly Sample[] {
  return [
    { name: 'millrace_taskmanager_registered', labels: [], value: state.registration === 'registered' ? 1 : 0 },
    ...counted(
      'millrace_taskmanager_slots',
      state.slots.map((slot) => slot.state),
    ),
    ...state.tasks.flatMap((task) => taskSamples(task, meter, wallTime)),
  ];
}

function taskSamples(task: TaskState, meter: PressureMeter, wallTime: number): readonly Sample[] {
  const { attempt, vertex } = task.descriptor;
  const ofTask = [attempt.jobId, vertex.name, String(attempt.subtask), String(attempt.attempt)];
  const sample = (name: MetricName, value: number, ...more: readonly string[]): Sample => ({
    name,
    labels: [...ofTask, ...more],
    value,
  });
  const inputs = task.gate.channels;
  const outputs = task.partition.edges.flatMap(({ channels }) => channels);
  const { busy, idle, backpressured } = meter.of(attempt);
  return [
    sample('millrace_task_records_in_total', sum(inputs.map(({ records }) => records))),
    sample('millrace_task_records_out_total', sum(outputs.map(({ records }) => records))),
    sample('millrace_task_input_queue_length', sum(inputs.map(({ queue }) => ringSize(queue)))),
    sample('millrace_task_output_queue_length', sum(outputs.map(({ queue }) => ringSize(queue)))),
    sample('millrace_task_busy_seconds_total', busy / MS),
    sample('millrace_task_idle_seconds_total', idle / MS),
    sample('millrace_task_backpressured_seconds_total', backpressured / MS),
    ...watermarkSamples(task, sample, wallTime),
    ...sourceSamples(task, sample),
    ...keyedSamples(task, sample),
  ];
}

type Make = (name: MetricName, value: number, ...more: readonly string[]) => Sample;

/** None before there is one, and behind the end of all input. */
function watermarkSamples({ watermark }: TaskState, sample: Make, wallTime: number): readonly Sample[] {
  if (watermark === NO_TIMESTAMP || watermark >= MAX_WATERMARK) return [];
  return [
    sample('millrace_task_watermark_seconds', watermark / MS),
    sample('millrace_task_watermark_lag_seconds', (wallTime - watermark) / MS),
  ];
}

function sourceSamples({ source }: TaskState, sample: Make): readonly Sample[] {
  return (source?.splits ?? []).map(({ split, position }) =>
    sample('millrace_task_source_position', position, source!.operator.id, String(split)),
  );
}

function keyedSamples({ chain }: TaskState, sample: Make): readonly Sample[] {
  if (chain.keyed === null) return [];
  const { kind, state } = chain.keyed;
  const groups = state.groups as readonly (ReadonlyMap<unknown, unknown> | null)[];
  const entries = sum(groups.map((group) => group?.size ?? 0));
  return [
    sample('millrace_task_state_entries', entries, state.operator),
    ...(kind === 'window'
      ? [sample('millrace_task_late_records_dropped_total', chain.lateRecordsDropped, state.operator)]
      : []),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
