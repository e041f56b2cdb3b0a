// The graph of a job: vertices in layers from the sources on, and the channels between them.
import { select } from 'd3';
import type { Job, Vertex } from './answers.ts';

const [WIDTH, HEIGHT, GAP_X, GAP_Y, PAD] = [230, 82, 70, 22, 8] as const;
const CHARACTERS_MAX = 26;

interface Placed {
  readonly vertex: Vertex;
  readonly x: number;
  readonly y: number;
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
  const height = PAD * 2 + rows * HEIGHT + (rows - 1) * GAP_Y;
  const placed = layers.flatMap((layer, column) =>
    layer.map((vertex, row): Placed => {
      const top = (height - layer.length * HEIGHT - (layer.length - 1) * GAP_Y) / 2;
      return { vertex, x: PAD + column * (WIDTH + GAP_X), y: top + row * (HEIGHT + GAP_Y) };
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
  drawEdges(root, job, new Map(placed.map((one) => [one.vertex.id, one])));
  const nodes = root.selectAll('g.vertex').data(placed).join('g');
  nodes
    .attr('class', 'vertex')
    .attr('data-state', ({ vertex }) => vertex.status)
    .attr('transform', ({ x, y }) => `translate(${x} ${y})`);
  nodes.append('title').text(({ vertex }) => vertex.name);
  nodes.append('rect').attr('width', WIDTH).attr('height', HEIGHT).attr('rx', 6);
  nodes.append('rect').attr('class', 'bar').attr('width', 6).attr('height', HEIGHT).attr('rx', 3);
  const line = (y: number, className: string, text: (vertex: Vertex) => string): void =>
    void nodes
      .append('text')
      .attr('class', className)
      .attr('x', 18)
      .attr('y', y)
      .text(({ vertex }) => text(vertex));
  line(26, 'name', ({ name }) => (name.length > CHARACTERS_MAX ? `${name.slice(0, CHARACTERS_MAX - 1)}…` : name));
  line(47, 'detail', ({ status }) => status);
  line(67, 'detail', describeTasks);
  return svg;
}

type Root = ReturnType<typeof select<SVGSVGElement, unknown>>;

function drawEdges(root: Root, { plan }: Job, places: ReadonlyMap<string, Placed>): void {
  for (const node of plan.nodes) {
    const to = places.get(node.id);
    for (const input of node.inputs ?? []) {
      const from = places.get(input.id);
      if (from === undefined || to === undefined) continue;
      const [x1, y1, x2, y2] = [from.x + WIDTH, from.y + HEIGHT / 2, to.x, to.y + HEIGHT / 2];
      const middle = (x1 + x2) / 2;
      root.append('path').attr('class', 'edge').attr('d', `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
      root
        .append('text')
        .attr('class', 'ship')
        .attr('x', middle)
        .attr('y', (y1 + y2) / 2 - 6)
        .text(input.ship_strategy);
    }
  }
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
  return `graph of the job: ${vertices.map((vertex) => `${vertex.name}, ${vertex.status}, ${describeTasks(vertex)}`).join('; ')}`;
}
