// Where lanes lie: from top to bottom, each as high as what it shows.
import type { RunModel } from '../model/model.ts';

export interface LaneBox {
  readonly top: number;
  readonly height: number;
  /** The line at which messages begin and end. */
  readonly middle: number;
  /** Top of the rows of tasks. */
  readonly tasks: number;
}

export interface Layout {
  readonly lanes: readonly LaneBox[];
  readonly height: number;
}

const PADDING = 14;
const BAR = 14;
export const BAR_HEIGHT = BAR;
export const TASK_ROW = 6;
const SERVICE_HEIGHT = 34;
const LEADER_ROOM = 12; // for who leads
const GAP_BEFORE_SERVICES = 10;

export function layOut({ lanes, tasks }: RunModel): Layout {
  const boxes: LaneBox[] = [];
  let top = 0;
  lanes.forEach(({ role }, lane) => {
    const rows = tasks.reduce((most, task) => (task.lane === lane ? Math.max(most, task.row + 1) : most), 0);
    if (role === 'service' && lanes[lane - 1]?.role !== 'service') top += GAP_BEFORE_SERVICES;
    const below = (role === 'job-manager' ? LEADER_ROOM : 0) + (rows === 0 ? 0 : rows * TASK_ROW + 2);
    const height = role === 'service' ? SERVICE_HEIGHT : 2 * PADDING + BAR + below;
    const middle = role === 'service' ? top + height / 2 : top + PADDING + BAR / 2;
    boxes.push({ top, height, middle, tasks: middle + BAR / 2 + 4 });
    top += height;
  });
  return { lanes: boxes, height: top };
}
