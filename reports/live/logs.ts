// The tail of a log: of the JobManager that served the page, or of a TaskManager; the newest line first, so that it stays in sight.
import { make } from '../page/dom.ts';
import type { LogLine, TaskManager } from './answers.ts';
import { ask, askText, Refused } from './api.ts';
import { card, empty, link, moment, processName } from './elements.ts';

const LINES = 500;
const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
type Level = (typeof LEVELS)[number];

const JOB_MANAGER = 'jobmanager';

/** @param id an address of a TaskManager; else the JobManager is meant. @param word the least grave level that is shown */
export async function logsView(id: string, word: string): Promise<readonly Node[]> {
  const level = LEVELS.find((one) => one === word) ?? 'info';
  const { taskmanagers } = await ask<{ readonly taskmanagers: readonly TaskManager[] }>('/taskmanagers');
  const process = id === '' ? JOB_MANAGER : id;
  const path = process === JOB_MANAGER ? '/jobmanager' : `/taskmanagers/${encodeURIComponent(process)}`;
  const told = await linesOf(path);
  const titleOf = (one: string): string => {
    const known = taskmanagers.find(({ id: address }) => address === one);
    return known === undefined ? one : processName(known);
  };
  const head = make(
    'section',
    'card',
    make('h1', '', process === JOB_MANAGER ? 'Log of the JobManager' : `Log of ${titleOf(process)}`),
    choice('processes', [JOB_MANAGER, ...taskmanagers.map((one) => one.id)], process, (one) => [
      one === JOB_MANAGER ? 'JobManager' : titleOf(one),
      level,
    ]),
    choice('least grave level that is shown', LEVELS, level, (one) => [one, one], process),
  );
  return [head, typeof told === 'string' ? card('Lines', empty(told)) : linesCard(told, level)];
}

/** Links beside each other; `target` tells the text and the level of each. @param process of all of them; else each is one */
function choice(
  label: string,
  names: readonly string[],
  chosen: string,
  target: (name: string) => readonly [string, string],
  process: string | null = null,
): HTMLElement {
  const links = names.map((name) => {
    const [text, level] = target(name);
    const made = link(`#/logs/${encodeURIComponent(process ?? name)}/${level}`, text);
    if (name === chosen) made.setAttribute('aria-current', 'page');
    return made;
  });
  const made = make('nav', 'choice', ...links);
  made.setAttribute('aria-label', label);
  return made;
}

/** Why there are none, as a sentence, or the newest first. */
async function linesOf(path: string): Promise<readonly (LogLine | string)[] | string> {
  try {
    const text = await askText(`${path}/log?lines=${LINES}`);
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map(parse).toReversed();
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return error.message;
    throw error;
  }
}

/** What is no line of a log is shown as it is. */
function parse(line: string): LogLine | string {
  try {
    const value = JSON.parse(line) as Partial<LogLine>;
    return typeof value.message === 'string' && typeof value.time === 'string' ? (value as LogLine) : line;
  } catch {
    return line;
  }
}

function linesCard(lines: readonly (LogLine | string)[], level: Level): HTMLElement {
  const shown = lines.filter((line) => typeof line === 'string' || isShown(line, level));
  if (shown.length === 0) return card('Lines', empty(`None of level ${level} or graver among the last ${LINES}.`));
  const list = make('ol', 'log', ...shown.map(itemOf));
  list.tabIndex = 0; // a keyboard scrolls it
  list.setAttribute('aria-label', 'lines of the log, newest first');
  const title = lines.length < LINES ? 'Lines, newest first' : `The last ${LINES} lines, newest first`;
  return card(title, list);
}

function isShown(line: LogLine, level: Level): boolean {
  return LEVELS.indexOf(line.level) <= LEVELS.indexOf(level);
}

function itemOf(line: LogLine | string): HTMLElement {
  if (typeof line === 'string') return make('li', '', make('span', ''), make('span', ''), make('span', 'text', line));
  const { time, level, message, more } = line;
  const repeated = more === undefined ? '' : ` (and ${more} more like it before)`;
  const item = make(
    'li',
    '',
    make('time', '', moment(Date.parse(time))),
    make('span', 'level', level.toUpperCase()),
    make('span', 'text', `${message}${repeated}`),
  );
  item.dataset['level'] = level;
  return item;
}
