// One job: how it stands, its graph, its checkpoints, its failures; and what can be done to it.
import { make } from '../page/dom.ts';
import { actionsOf } from './actions.ts';
import type { Failure, Failures, Job } from './answers.ts';
import { ask, Refused } from './api.ts';
import { checkpointsView } from './checkpoints.ts';
import { card, duration, empty, figure, link, moment, state } from './elements.ts';
import { graph } from './graph.ts';
import { legend, loadView } from './load.ts';

const TABS = ['graph', 'checkpoints', 'exceptions'] as const;
export type Tab = (typeof TABS)[number];

export function isTab(word: string): word is Tab {
  return (TABS as readonly string[]).includes(word);
}

export async function jobView(jid: string, tab: Tab, checkpointId: number | null): Promise<readonly Node[]> {
  const job = await ask<Job>(`/jobs/${encodeURIComponent(jid)}`);
  const reason = job.reason ?? '';
  const head = make(
    'section',
    'card',
    make('div', 'title', make('h1', '', job.name), state(job.state), make('code', 'muted', job.jid)),
    make(
      'dl',
      'figures',
      figure('since', moment(job['start-time'])),
      figure('for', duration(job.duration)),
      figure(
        'tasks',
        job.vertices.reduce((sum, { parallelism }) => sum + parallelism, 0),
      ),
    ),
    ...(reason === '' ? [] : [make('p', 'reason', reason)]),
    actionsOf(job),
    tabsOf(jid, tab),
  );
  return [head, ...(await tabView(job, tab, checkpointId).catch((error: unknown) => notKept(tab, error)))];
}

function tabsOf(jid: string, tab: Tab): HTMLElement {
  const links = TABS.map((name) => {
    const made = link(`#/jobs/${encodeURIComponent(jid)}/${name}`, name);
    if (name === tab) made.setAttribute('aria-current', 'page');
    return made;
  });
  const made = make('nav', 'tabs', ...links);
  made.setAttribute('aria-label', 'parts of the job');
  return made;
}

/** Of a job that ended under another leader checkpoints are not kept. */
function notKept(tab: Tab, error: unknown): readonly Node[] {
  if (error instanceof Refused && error.status === 404) return [card(tab, empty(error.message))];
  throw error;
}

async function tabView(job: Job, tab: Tab, checkpointId: number | null): Promise<readonly Node[]> {
  switch (tab) {
    case 'graph':
      return [card('Graph', make('div', 'scroll', graph(job)), ...legend(job)), ...loadView(job)];
    case 'checkpoints':
      return checkpointsView(job, checkpointId);
    case 'exceptions':
      return [await failuresView(job)];
  }
}

async function failuresView({ jid }: Job): Promise<HTMLElement> {
  const { exceptionHistory } = await ask<Failures>(`/jobs/${encodeURIComponent(jid)}/exceptions`);
  const { entries, truncated } = exceptionHistory;
  if (entries.length === 0) return card('Exceptions', empty('None.'));
  const items = entries.map((entry) => make('li', '', ...lineOf(entry), ...others(entry)));
  return card(
    'Exceptions',
    make('ol', 'failures', ...items),
    ...(truncated ? [empty('Older ones are not kept.')] : []),
  );
}

function lineOf({
  timestamp,
  stacktrace,
  exceptionName,
  taskName,
  endpoint,
  taskManagerName,
}: Failure): readonly Node[] {
  const at = taskManagerName === undefined ? endpoint : `${taskManagerName} at ${endpoint}`;
  const where = [taskName, at].filter((part) => typeof part === 'string' && part !== '').join(' on ');
  return [
    make('time', '', moment(timestamp)),
    make('p', 'stack', stacktrace === '' ? exceptionName : stacktrace),
    ...(where === '' ? [] : [make('p', 'muted', where)]),
  ];
}

function others({ concurrentExceptions = [] }: Failure): readonly Node[] {
  if (concurrentExceptions.length === 0) return [];
  const items = concurrentExceptions.map((one) => make('li', '', ...lineOf(one)));
  return [make('details', '', make('summary', '', `${items.length} more at the same time`), make('ul', '', ...items))];
}
