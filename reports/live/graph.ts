// The graph of a job: vertices in layers from the sources on, and the channels between them. How each does now is drawn in it: a bar of what its tasks did in
// the last seconds, and edges as wide as what they carry. Whatever a colour says stands there as a text.
import { select } from 'd3';
import type { Job, Load, Vertex } from './answers.ts';
import { short } from './elements.ts';
import { describePressure, loadOf, pressures } from './load.ts';

const [WIDTH, GAP_X, GAP_Y, PAD] = [250, 96, 24, 8] as const;
/** Of a vertex, and of one of which nothing is known but its state. */
const [HEIGHT, HEIGHT_BARE] = [128, 76] as const;
const CHARACTERS_MAX = 28;
/** Of the bar in a vertex, and where its texts begin. */
const [BAR_Y, BAR_HEIGHT, LEFT] = [107, 9, 18] as const;
const BAR_WIDTH = WIDTH - 2 * LEFT;
const HATCH = 'held';

interface Placed {
  readonly vertex: Vertex;
  readonly x: number;
  readonly y: number;
  readonly tall: number;
}

/** A vertex lies one layer behind the last of its inputs. */
export function layersOf({ vertices, plan }: Pick<Job, 'vertices' | 'plan'>): readonly (readonly Vertex[])[] {
  const inputs = new Map(plan.nodes.map((node) => [node.id, (node.inputs ?? []).map(({ id }) => id)]));
  const depths = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    depths.set(id, 0); // a graph has no cycle; should one come, it ends here
    const depth = Math.max(-1, ...(inputs.get(id) ?? []).map(depthOf)) + 1;
    depths.set(id, depth);
    return depth;
  };
  const layers: Vertex[][] = [];
  for (const vertex of vertices) (layers[depthOf(vertex.id)] ??= []).push(vertex);
  return layers;
}

export function graph(job: Job): SVGSVGElement {
  const layers = layersOf(job);
  const rows = Math.max(1, ...layers.map((layer) => layer.length));
  const width = PAD * 2 + layers.length * WIDTH + Math.max(0, layers.length - 1) * GAP_X;
  const tall = job.vertices.some((vertex) => loadOf(vertex) !== null) ? HEIGHT : HEIGHT_BARE;
  const height = PAD * 2 + rows * tall + (rows - 1) * GAP_Y;
  const placed = layers.flatMap((layer, column) =>
    layer.map((vertex, row): Placed => {
      const top = (height - layer.length * tall - (layer.length - 1) * GAP_Y) / 2;
      return { vertex, x: PAD + column * (WIDTH + GAP_X), y: top + row * (tall + GAP_Y), tall };
    }),
  );
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const root = select(svg)
    .attr('class', 'graph')
    .attr('viewBox', `0 0 ${width} ${height}`)
    .attr('width', width)
    .attr('height', height)
    .attr('role', 'img')
    .attr('aria-label', describeGraph(job));
  drawHatch(root);
  drawEdges(root, job, new Map(placed.map((one) => [one.vertex.id, one])));
  const nodes = root.selectAll('g.vertex').data(placed).join('g');
  nodes
    .attr('class', 'vertex')
    .attr('data-state', ({ vertex }) => vertex.status)
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`);
  nodes.append('title').text(({ vertex }) => vertex.name);
  nodes.append('rect').attr('width', WIDTH).attr('height', tall).attr('rx', 6);
  nodes.append('rect').attr('class', 'bar').attr('width', 6).attr('height', tall).attr('rx', 3);
  const line = (y: number, className: string, text: (vertex: Vertex) => string | null): void =>
    void nodes
      .filter(({ vertex }) => text(vertex) !== null)
      .append('text')
      .attr('class', className)
      .attr('x', LEFT)
      .attr('y', y)
      .text(({ vertex }) => text(vertex));
  line(25, 'name', ({ name }) => (name.length > CHARACTERS_MAX ? `${name.slice(0, CHARACTERS_MAX - 1)}…` : name));
  line(44, 'detail', ({ status }) => status);
  line(61, 'detail', describeTasks);
  line(79, 'figure', ofLoad(describeRates));
  line(97, 'figure', ofLoad(describePressure));
  for (const node of nodes.nodes()) drawBar(select(node as SVGGElement));
  return svg;
}

/** Null: nothing is known of the vertex. */
function ofLoad(describe: (load: Load) => string): (vertex: Vertex) => string | null {
  return (vertex) => {
    const load = loadOf(vertex);
    return load === null ? null : describe(load);
  };
}

/** Stripes, so that what is held back is told without its colour. */
function drawHatch(root: Root): void {
  const pattern = root
    .append('defs')
    .append('pattern')
    .attr('id', HATCH)
    .attr('width', 5)
    .attr('height', 5)
    .attr('patternUnits', 'userSpaceOnUse')
    .attr('patternTransform', 'rotate(45)');
  pattern.append('rect').attr('class', 'held-ground').attr('width', 5).attr('height', 5);
  pattern.append('rect').attr('class', 'held-stripe').attr('width', 2).attr('height', 5);
}

/** What the tasks of a vertex did in the last seconds, side by side. */
function drawBar(node: ReturnType<typeof select<SVGGElement, unknown>>): void {
  const { vertex } = node.datum() as Placed;
  const load = loadOf(vertex);
  if (load === null) return;
  const whole = Math.max(
    1e-9,
    pressures.reduce((sum, name) => sum + load[name].avg, 0),
  );
  let x: number = LEFT;
  for (const name of pressures) {
    const width = (BAR_WIDTH * load[name].avg) / whole;
    node
      .append('rect')
      .attr('class', 'share')
      .attr('data-pressure', name)
      .attr('x', x)
      .attr('y', BAR_Y)
      .attr('width', width)
      .attr('height', BAR_HEIGHT);
    x += width;
  }
}

function describeRates(load: Load): string {
  const [taken, given] = [load['records-in-per-second'], load['records-out-per-second']];
  const parts = [...(taken > 0 ? [`in ${short(taken)}/s`] : []), ...(given > 0 ? [`out ${short(given)}/s`] : [])];
  return parts.length === 0 ? 'no records' : parts.join(', ');
}

type Root = ReturnType<typeof select<SVGSVGElement, unknown>>;

function drawEdges(root: Root, { plan, vertices }: Job, places: ReadonlyMap<string, Placed>): void {
  const outputs = new Map<string, number>();
  for (const { inputs = [] } of plan.nodes) for (const { id } of inputs) outputs.set(id, (outputs.get(id) ?? 0) + 1);
  const loads = new Map(vertices.map((vertex) => [vertex.id, loadOf(vertex)]));
  for (const node of plan.nodes) {
    const to = places.get(node.id);
    const inputs = node.inputs ?? [];
    for (const input of inputs) {
      const from = places.get(input.id);
      if (from === undefined || to === undefined) continue;
      const [producer, consumer] = [loads.get(input.id) ?? null, loads.get(node.id) ?? null];
      const rate =
        outputs.get(input.id) === 1
          ? (producer?.['records-out-per-second'] ?? null)
          : inputs.length === 1
            ? (consumer?.['records-in-per-second'] ?? null)
            : null; // of several edges at both ends nobody knows which carries what
      const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + from.tall / 2, to.x, to.y + to.tall / 2];
      const middle = (x1 + x2) / 2;
      root
        .append('path')
        .attr('class', 'edge')
        .attr('data-held', (producer?.backpressured.max ?? 0) > HELD_ABOVE ? 'yes' : 'no')
        .attr('stroke-width', widthOf(rate ?? 0))
        .attr('d', `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
      const label = (y: number, className: string, text: string): void =>
        void root
          .append('text')
          .attr('class', className)
          .attr('x', middle)
          .attr('y', (y1 + y2) / 2 + y)
          .text(text);
      label(-9, 'ship', input.ship_strategy);
      label(19, 'rate', rate === null ? '' : `${short(rate)}/s`);
    }
  }
}

/** More of the time than this, as in Flink, is a high backpressure. */
const HELD_ABOVE = 0.5;
const [EDGE_WIDTH, EDGE_WIDTH_MAX] = [1.5, 9] as const;

/** A tenfold rate is one more. */
function widthOf(rate: number): number {
  return Math.min(EDGE_WIDTH_MAX, EDGE_WIDTH + Math.log10(1 + rate));
}

function describeTasks({ parallelism, tasks }: Vertex): string {
  const running = tasks['RUNNING'] ?? 0;
  const others = Object.entries(tasks).filter(([state, count]) => count > 0 && state !== 'RUNNING');
  const rest = others.map(([state, count]) => `${count} ${state}`).join(', ');
  return running === parallelism
    ? `all ${parallelism} run`
    : `${running} of ${parallelism} run${rest === '' ? '' : `; ${rest}`}`;
}

function describeGraph({ vertices }: Job): string {
  const described = vertices.map((vertex) => {
    const load = loadOf(vertex);
    const now = load === null ? '' : `, ${describeRates(load)}, ${describePressure(load)}`;
    return `${vertex.name}, ${vertex.status}, ${describeTasks(vertex)}${now}`;
  });
  return `graph of the job: ${described.join('; ')}`;
}
