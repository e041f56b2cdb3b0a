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

export function write({ context }: Surface, text: string, x: number, y: number, colour: string): void {
  context.font = '600 10.5px system-ui, sans-serif';
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
