// Elements that several views share.
import { make } from '../page/dom.ts';
import type { TaskManager } from './answers.ts';

/** A table with a head; a row is a list of cells. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const headRow = make('tr', '', ...head.map((text) => cell('th', text)));
  const body = rows.map((cells) => make('tr', '', ...cells.map((content) => cell('td', content))));
  return make(
    'div',
    'scroll',
    make('table', '', make('caption', 'sr', caption), make('thead', '', headRow), make('tbody', '', ...body)),
  );
}

function cell(tag: 'td' | 'th', content: Node | string): HTMLElement {
  const made = make(tag, '', content);
  if (tag === 'th') made.setAttribute('scope', 'col');
  return made;
}

const SIGNS: Readonly<Record<string, string>> = {
  RUNNING: '▶',
  COMPLETED: '✓',
  FINISHED: '✓',
  FAILED: '✕',
  FAILING: '✕',
  CANCELED: '■',
  CANCELLING: '■',
  CANCELING: '■',
  RESTARTING: '↻',
};

/** A state as a word with a sign: its colour is not all that tells it. */
export function state(word: string): HTMLElement {
  const made = make('span', 'state', make('span', 'sign', SIGNS[word] ?? '○'), word);
  made.dataset['state'] = word;
  made.querySelector('.sign')?.setAttribute('aria-hidden', 'true');
  return made;
}

export function link(href: string, text: string): HTMLAnchorElement {
  const made = make('a', '', text);
  made.href = href;
  return made;
}

/** `tm-2 (127.0.0.1:45001)`, or its address alone. */
export function processName({ id, name }: Pick<TaskManager, 'id' | 'name'>): string {
  return name === null || name === undefined ? id : `${name} (${id})`;
}

export function card(title: string, ...children: readonly (Node | string)[]): HTMLElement {
  return make('section', 'card', make('h2', '', title), ...children);
}

/** A figure with its name. */
export function figure(name: string, value: string | number): HTMLElement {
  return make('div', 'figure', make('dt', '', name), make('dd', '', String(value)));
}

export function empty(text: string): HTMLElement {
  return make('p', 'muted', text);
}

const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000] as const;

/** `950 ms`, `12.3 s`, `4 min 5 s`, `2 h 7 min`, `3 d 4 h`; `–` of what is not known. */
export function duration(ms: number): string {
  if (!(ms >= 0)) return '–';
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${Math.floor((ms % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}

/** Of this host's time zone. */
export function moment(ms: number): string {
  if (!(ms > 0)) return '–';
  const at = new Date(ms);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function two(part: number): string {
  return String(part).padStart(2, '0');
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

const COUNT_UNITS = ['', 'k', 'M', 'G'] as const;

/** `0`, `4.2`, `950`, `12.3k`, `6.6M`. */
export function short(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < COUNT_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value >= 99.5 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)}${COUNT_UNITS[unit]}`;
}

/** Of a share from 0 to 1. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
