// Colours of the canvas, which knows no style sheets: read from the custom properties of the page, again when its theme changes.
import type { Category } from '../model/model.ts';

export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly card: string;
  readonly band: string;
  readonly fault: string;
  readonly good: string;
  readonly leader: string;
  readonly life: string;
  readonly accent: string;
  readonly of: Readonly<Record<Category, string>>;
  readonly task: (state: string) => string;
}

export function readPalette(): Palette {
  const probe = document.body.appendChild(document.createElement('i')); // a property by itself says both of its colours
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const tasks: Readonly<Record<string, string>> = {
    RUNNING: colour('good'),
    FINISHED: colour('good'),
    FAILED: colour('fault'),
    CANCELING: colour('fault'),
    CANCELED: colour('fault'),
  };
  const waiting = colour('waiting');
  const palette: Palette = {
    ink: colour('ink'),
    muted: colour('muted'),
    line: colour('line'),
    card: colour('card'),
    band: colour('band'),
    fault: colour('fault'),
    good: colour('good'),
    leader: colour('leader'),
    life: colour('life'),
    accent: colour('accent'),
    of: {
      checkpoint: colour('checkpoint'),
      control: colour('control'),
      request: colour('request'),
      data: colour('data'),
      heartbeat: colour('heartbeat'),
    },
    task: (state) => tasks[state] ?? waiting,
  };
  probe.remove();
  return palette;
}

/** Categories differ in their lines too, not in colour alone. */
export const dashes: Readonly<Record<Category, readonly number[]>> = {
  checkpoint: [],
  control: [],
  request: [5, 3],
  data: [1, 3],
  heartbeat: [1, 5],
};

export const widths: Readonly<Record<Category, number>> = {
  checkpoint: 1.8,
  control: 1.1,
  request: 1.1,
  data: 1.1,
  heartbeat: 1,
};
