// The checkpoints of a job: counts, and those of late; of one that is opened, who was late, and why.
import { make } from '../page/dom.ts';
import type { Checkpoint, Checkpoints, CheckpointTask, Job } from './answers.ts';
import { ask } from './api.ts';
import { bytes, card, duration, empty, figure, moment, state, table } from './elements.ts';

export async function checkpointsView(job: Job, openId: number | null): Promise<readonly Node[]> {
  const path = `/jobs/${encodeURIComponent(job.jid)}/checkpoints`;
  const { counts, history } = await ask<Checkpoints>(path);
  const figures = make(
    'dl',
    'figures',
    figure('completed', counts.completed),
    figure('failed', counts.failed),
    figure('in progress', counts.in_progress),
    figure('restores', counts.restored),
  );
  const list =
    history.length === 0
      ? empty('None under this leader yet.')
      : table(
          'checkpoints, newest first',
          ['Checkpoint', 'State', 'Triggered', 'Took', 'Bytes', 'Acknowledged', ''],
          history.map((one) => rowOf(job, one)),
        );
  const opened = openId === null ? [] : await detailsOf(job, path, openId);
  return [...opened, card('Checkpoints', figures, list)];
}

function rowOf(job: Job, one: Checkpoint): readonly (Node | string)[] {
  const id = make('a', '', `${one.id}${one.is_savepoint ? ' (savepoint)' : ''}`);
  id.href = `#/jobs/${encodeURIComponent(job.jid)}/checkpoints/${one.id}`;
  return [
    id,
    state(one.status),
    moment(one.trigger_timestamp),
    duration(one.end_to_end_duration),
    bytes(one.state_size),
    `${one.num_acknowledged_subtasks} of ${one.num_subtasks}`,
    noteOf(one),
  ];
}

/** Where a savepoint lies, or why a checkpoint failed. */
function noteOf(one: Checkpoint): HTMLElement | string {
  const location = one['savepoint-location'];
  return location === undefined ? (one.failure_message ?? '') : make('code', 'copied', location);
}

async function detailsOf(job: Job, path: string, id: number): Promise<readonly Node[]> {
  const asked = job.vertices.map(async ({ id: vertex, name }) => {
    const task = await ask<CheckpointTask>(`${path}/details/${id}/subtasks/${vertex}`).catch(() => null);
    return { name, subtasks: task?.subtasks ?? [] };
  });
  const vertices = await Promise.all(asked);
  const rows = vertices.flatMap(({ name, subtasks }) =>
    subtasks.map((one) => ({ name, one, took: one.end_to_end_duration ?? -1 })),
  );
  if (rows.length === 0)
    return [card(`Checkpoint ${id}`, empty('Its subtasks are not kept any more, or none has acknowledged it yet.'))];
  const latest = Math.max(...rows.map(({ took }) => took));
  return [
    card(
      `Checkpoint ${id}: who was late`,
      table(
        `subtasks of checkpoint ${id}, the latest first`,
        ['Subtask', 'Took', '', 'Alignment', 'Writing', 'Bytes'],
        rows
          .toSorted((a, b) => b.took - a.took)
          .map(({ name, one, took }) => [
            `${name} (${one.index + 1})`,
            took < 0 ? 'not yet' : duration(took),
            share(took, latest),
            duration(one.alignment?.duration ?? -1),
            duration(one.checkpoint?.async ?? -1),
            one.state_size === undefined ? '–' : bytes(one.state_size),
          ]),
      ),
    ),
  ];
}

function share(value: number, most: number): HTMLElement {
  const made = make('meter', '');
  made.setAttribute('max', String(Math.max(1, most)));
  made.setAttribute('value', String(Math.max(0, value)));
  made.setAttribute('aria-label', 'of the latest');
  return made;
}
