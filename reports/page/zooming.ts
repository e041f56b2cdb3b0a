// Zoom and pan: d3's zoom on the plot, d3's brush on the overview, both views of the same window.
import { brushX, select, zoom, zoomIdentity } from 'd3';
import type { BrushSelection, D3BrushEvent, D3ZoomEvent } from 'd3';
import { describeItem } from './text.ts';
import type { Store, View } from './view.ts';

const ZOOM_MAX = 2_000_000; // a run of half an hour down to a millisecond

export interface Zooming {
  /** Shows these positions. */
  show(from: number, to: number): void;
  /** Zooms about what is selected, if that is in sight, else about the middle. */
  scaleBy(factor: number): void;
  /** Moves by a share of the window. */
  panBy(share: number): void;
  /** After a change of size or spacing. */
  resize(): void;
}

export function createZooming(store: Store, plot: HTMLElement, overview: SVGSVGElement): Zooming {
  const { view } = store;
  const behaviour = zoom<HTMLElement, unknown>().on('zoom', onZoom);
  const brush = brushX<unknown>().on('brush end', onBrush);
  const strip = select(overview).select<SVGGElement>('g.brush');
  let isFollowing = false; // the brush is moved by us, not by a hand

  function width(): number {
    return plot.clientWidth;
  }

  function onZoom({ transform }: D3ZoomEvent<HTMLElement, unknown>): void {
    const perPixel = view.positions.end / width();
    store.change('window', (now) => {
      now.from = transform.invertX(0) * perPixel;
      now.to = transform.invertX(width()) * perPixel;
    });
    follow();
  }

  function follow(): void {
    const perPixel = view.positions.end / overviewWidth();
    isFollowing = true;
    strip.call(brush.move.bind(brush), [view.from / perPixel, Math.max(view.from / perPixel + 2, view.to / perPixel)]);
    isFollowing = false;
  }

  function onBrush({ selection, sourceEvent }: D3BrushEvent<unknown>): void {
    if (isFollowing || sourceEvent === undefined || sourceEvent === null) return;
    const perPixel = view.positions.end / overviewWidth();
    const [from, to] = (selection as BrushSelection as [number, number] | null) ?? [0, overviewWidth()];
    show(from * perPixel, to * perPixel);
  }

  function overviewWidth(): number {
    return overview.clientWidth;
  }

  function show(from: number, to: number): void {
    if (width() === 0) return; // not laid out: a page in the background, a hidden frame. The next resize shows what was to be seen
    const { end } = view.positions;
    const span = Math.min(end, Math.max(end / ZOOM_MAX, to - from));
    const left = Math.max(0, Math.min(end - span, from));
    const scale = end / span;
    const transform = zoomIdentity.scale(scale).translate((-left * width()) / end, 0);
    select(plot).call(behaviour.transform.bind(behaviour), transform);
  }

  function resize(): void {
    const [w, h] = [width(), plot.clientHeight];
    behaviour
      .extent([
        [0, 0],
        [w, h],
      ])
      .translateExtent([
        [0, 0],
        [w, h],
      ])
      .scaleExtent([1, ZOOM_MAX]);
    brush.extent([
      [0, 0],
      [overviewWidth(), overview.clientHeight],
    ]);
    strip.call(brush);
    show(view.from, view.to);
  }

  select(plot).call(behaviour).on('dblclick.zoom', null);
  return {
    show,
    resize,
    scaleBy(factor) {
      const about = pointOfInterest(view);
      show(about - (about - view.from) / factor, about + (view.to - about) / factor);
    },
    panBy(share) {
      const shift = (view.to - view.from) * share;
      show(view.from + shift, view.to + shift);
    },
  };
}

/** The position that stays where it is. */
function pointOfInterest({ model, positions, selected, from, to }: View): number {
  if (selected !== null) {
    const item = describeItem(model, selected);
    const position = positions.of((item.from + item.to) / 2);
    if (position >= from && position <= to) return position;
  }
  return (from + to) / 2;
}
