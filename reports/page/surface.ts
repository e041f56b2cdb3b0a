// What a picture is drawn on, and the few strokes that all its parts use.
import type { Palette } from './palette.ts';
import type { View } from './view.ts';

export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
  readonly view: View;
  /** The pixel at which a moment lies. */
  readonly x: (at: number) => number;
  /** The pixel of a position. */
  readonly px: (position: number) => number;
}

export function drawCross(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.beginPath();
  context.moveTo(x - size, y - size);
  context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size);
  context.lineTo(x - size, y + size);
  context.stroke();
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A word of the picture. What passes between lanes would cross it out, so it is written when all else is drawn. */
export interface Word {
  readonly text: string;
  readonly x: number;
  /** Of its base line. */
  readonly y: number;
  readonly colour: string;
}

const WORD_HEIGHT = 13;
const WORD_PADDING = 3;

/** What is written there can be read, whatever was drawn there. */
export function paintGround({ context, palette }: Surface, box: Box): void {
  context.fillStyle = palette.card;
  context.globalAlpha = 0.88;
  context.beginPath();
  context.roundRect(box.left, box.top, box.width, box.height, 3);
  context.fill();
  context.globalAlpha = 1;
}

/** Writes it on a ground of its own, and returns what that covers. */
export function write(surface: Surface, { text, x, y, colour }: Word): Box {
  const { context } = surface;
  context.font = '600 10.5px system-ui, sans-serif';
  const left = Math.max(0, x - WORD_PADDING);
  const width = context.measureText(text).width + 2 * WORD_PADDING;
  const box = { left, top: y - WORD_HEIGHT + 3, width, height: WORD_HEIGHT };
  paintGround(surface, box);
  context.fillStyle = colour;
  context.fillText(text, left + WORD_PADDING, y);
  return box;
}
