// The cluster at a glance: what it has, and its jobs.
import { make } from '../page/dom.ts';
import type { JobLine, Overview, TaskManager } from './answers.ts';
import { ask } from './api.ts';
import { bytes, card, duration, empty, figure, link, moment, processName, state, table } from './elements.ts';

export async function overviewView(): Promise<readonly Node[]> {
  const [overview, { jobs }] = await Promise.all([
    ask<Overview>('/overview'),
    ask<{ readonly jobs: readonly JobLine[] }>('/jobs/overview'),
  ]);
  const running = jobs.filter((job) => job['end-time'] < 0);
  const over = jobs.filter((job) => job['end-time'] >= 0).toSorted((a, b) => b['end-time'] - a['end-time']);
  const figures = make(
    'dl',
    'figures',
    figure('TaskManagers', overview.taskmanagers),
    figure('slots free', `${overview['slots-available']} of ${overview['slots-total']}`),
    figure('jobs running', running.length),
    figure('jobs over', over.length),
  );
  return [
    card('Cluster', figures),
    card(
      'Running jobs',
      running.length === 0 ? empty('No job runs. millrace submit FILE starts one.') : jobTable('running jobs', running),
    ),
    card('Jobs that are over', over.length === 0 ? empty('None yet.') : jobTable('jobs that are over', over)),
  ];
}

function jobTable(caption: string, jobs: readonly JobLine[]): HTMLElement {
  return table(
    caption,
    ['Job', 'State', 'Tasks running', 'Since', 'For', 'Id'],
    jobs.map((job) => [
      link(`#/jobs/${encodeURIComponent(job.jid)}`, job.name),
      state(job.state),
      `${job.tasks['running'] ?? 0} of ${job.tasks['total'] ?? 0}${waits(job)}`,
      moment(job['start-time']),
      duration(job.duration),
      make('code', '', job.jid),
    ]),
  );
}

function waits({ 'waits-for-slots': slots }: JobLine): string {
  return typeof slots === 'number' ? `, waits for ${slots} ${slots === 1 ? 'slot' : 'slots'}` : '';
}

const TASK_MANAGER_HEAD = [
  'TaskManager',
  'Slots free',
  'Tasks',
  'Last heartbeat before',
  'Memory',
  'CPU cores',
  'Loop delay, worst',
  'Service',
  '',
];

function processCells(process: TaskManager['process']): readonly string[] {
  if (process === null || process === undefined) return ['–', '–', '–'];
  const delay = `${process['loop-delay-ms'].toFixed(1)} ms, ${duration(process['loop-delay-max-ms'])}`;
  return [bytes(process['resident-bytes']), process['cpu-cores'].toFixed(2), delay];
}

export async function taskManagersView(): Promise<readonly Node[]> {
  const { taskmanagers } = await ask<{ readonly taskmanagers: readonly TaskManager[] }>('/taskmanagers');
  const rows = taskmanagers.map(
    ({ id, name = null, slotsNumber, freeSlots, timeSinceLastHeartbeat, assignedTasks, drain, process }) => [
      make('code', '', processName({ id, name })),
      `${freeSlots} of ${slotsNumber}`,
      String(assignedTasks ?? '–'),
      duration(Math.max(0, Date.now() - timeSinceLastHeartbeat)),
      ...processCells(process),
      drain ?? 'IN_SERVICE',
      link(`#/logs/${encodeURIComponent(id)}/info`, 'log'),
    ],
  );
  return [
    card(
      'TaskManagers',
      rows.length === 0
        ? empty('None is registered: millrace taskmanager starts one.')
        : table('TaskManagers', TASK_MANAGER_HEAD, rows),
    ),
  ];
}
