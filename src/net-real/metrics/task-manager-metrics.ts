// What a TaskManager tells: its slots, and each of its tasks.
import { NO_TIMESTAMP } from '../../core/graph/batch.ts';
import type { TaskManagerState } from '../../core/taskmanager/state.ts';
import { isAtEnd, type Readings, type TaskReading } from './readings.ts';
import type { MetricName, Sample } from './table.ts';
import { counted } from './tally.ts';

const MS = 1_000;

export function taskManagerSamples(
  { registration, slots }: TaskManagerState,
  { at, tasks }: Readings,
): readonly Sample[] {
  return [
    { name: 'millrace_taskmanager_registered', labels: [], value: registration === 'registered' ? 1 : 0 },
    ...counted(
      'millrace_taskmanager_slots',
      slots.map((slot) => slot.state),
    ),
    ...tasks.filter(({ isOver }) => !isOver).flatMap((task) => taskSamples(task, at)),
  ];
}

function taskSamples(task: TaskReading, wallTime: number): readonly Sample[] {
  const { jobId, name, subtask, attempt, totals, keyed } = task;
  const ofTask = [jobId, name, String(subtask), String(attempt)];
  const sample: Make = (metric, value, ...more) => ({ name: metric, labels: [...ofTask, ...more], value });
  return [
    sample('millrace_task_records_in_total', totals.recordsIn),
    sample('millrace_task_records_out_total', totals.recordsOut),
    sample('millrace_task_received_bytes_total', totals.bytesIn),
    sample('millrace_task_sent_bytes_total', totals.bytesOut),
    sample('millrace_task_input_queue_length', task.inputQueue),
    sample('millrace_task_output_queue_length', task.outputQueue),
    sample('millrace_task_busy_seconds_total', totals.busyMs / MS),
    sample('millrace_task_idle_seconds_total', totals.idleMs / MS),
    sample('millrace_task_backpressured_seconds_total', totals.backpressuredMs / MS),
    ...watermarkSamples(task, sample, wallTime),
    ...task.splits.map(({ split, position }) =>
      sample('millrace_task_source_position', position, task.head, String(split)),
    ),
    ...(keyed === null ? [] : [sample('millrace_task_state_entries', keyed.entries, keyed.operator)]),
    ...(keyed === null || keyed.lateRecordsDropped === null
      ? []
      : [sample('millrace_task_late_records_dropped_total', keyed.lateRecordsDropped, keyed.operator)]),
    ...callSamples(task, sample),
  ];
}

function callSamples({ calls }: TaskReading, sample: Make): readonly Sample[] {
  if (calls === null) return [];
  const { operator, inFlight, capacity, oldestMs } = calls;
  return [
    sample('millrace_task_calls_in_flight', inFlight, operator),
    sample('millrace_task_calls_capacity', capacity, operator),
    ...(oldestMs === null ? [] : [sample('millrace_task_calls_oldest_seconds', oldestMs / MS, operator)]),
  ];
}

type Make = (name: MetricName, value: number, ...more: readonly string[]) => Sample;

/** None before there is one, and behind the end of all input. */
function watermarkSamples(task: TaskReading, sample: Make, wallTime: number): readonly Sample[] {
  const { watermark } = task;
  if (watermark === NO_TIMESTAMP || isAtEnd(task)) return [];
  return [
    sample('millrace_task_watermark_seconds', watermark / MS),
    sample('millrace_task_watermark_lag_seconds', (wallTime - watermark) / MS),
  ];
}
