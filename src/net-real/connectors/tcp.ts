// `tcp://host:port`: lines of text that somebody sends; it never ends. Nobody can read them again: what came since the latest checkpoint is lost with the
// process that read it. With `?replay` whoever is called is told where to begin, by one line `from NUMBER`, and sends its lines from that one on, counted from 0:
// so each is read exactly once. While the sender is away, it is called once a second.
import { connect, type Socket } from 'node:net';
import type { SplitPlace, SplitReader } from '../../core/graph/connectors.ts';
import { parseEndpoint } from '../endpoint.ts';
import { describeError } from '../port-answers.ts';
import { fieldlessMistake, flagMistake, type BuiltInSource } from './connector.ts';

const AGAIN_MS = 1_000;
/** Lines that wait here; then the sender waits. */
const WAITING_MAX = 10_000;
const LINE_CHARACTERS_MAX = 1_048_576;

export const tcpSource: BuiltInSource = {
  placeKind: 'address',
  isRepeatable: false,
  options: ['replay'],
  weaknessOf: (options) =>
    options.has('replay')
      ? null
      : 'cannot be asked for a line again: what it sent since the latest checkpoint is lost when a task restarts (at most once); with ?replay the sender is told where to begin',
  mistakeIn: (place, options, splits, schema) => {
    const mistake = flagMistake(options, 'replay') ?? fieldlessMistake('lines of text', schema);
    if (mistake !== null) return mistake;
    const endpoint = parseEndpoint(addressIn(place));
    if (!endpoint.ok) return `its address ${endpoint.reason}`;
    return splits === 1 ? null : `its splits are ${splits}: a socket is one, expected 1`;
  },
  open: tcpReader,
};

function addressIn(place: string): string {
  return place.replace(/^\/\//, '');
}

interface Line {
  socket: Socket | null;
  readonly lines: string[];
  /** Of the first of them, with `replay`. */
  position: number;
  /** What came behind the last line end. */
  rest: string;
  trouble: string | null;
  /** Not to be called before, in ms. */
  againAt: number;
}

function tcpReader({ place, options }: SplitPlace): SplitReader {
  const address = addressIn(place);
  const replays = options.has('replay');
  const line: Line = { socket: null, lines: [], position: 0, rest: '', trouble: null, againAt: 0 };
  return {
    async read({ position, maxRecords }, out) {
      if (replays && position !== line.position) goTo(line, position);
      const { trouble } = line;
      line.trouble = null;
      if (line.socket === null && performance.now() >= line.againAt) call(line, address, replays);
      if (trouble !== null && line.lines.length === 0) throw new Error(`tcp://${address}: ${trouble}`);
      const texts = line.lines.splice(0, maxRecords);
      line.position += texts.length;
      for (const text of texts) out.add(text);
      if (line.lines.length < WAITING_MAX) line.socket?.resume();
      return { end: false, mark: '' };
    },
    async close() {
      line.socket?.destroy();
    },
  };
}

/** A task that was restored begins where its checkpoint was. */
function goTo(line: Line, position: number): void {
  line.socket?.destroy();
  Object.assign(line, { socket: null, position, rest: '', againAt: 0 });
  line.lines.length = 0;
}

function call(line: Line, address: string, replays: boolean): void {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) throw new Error(endpoint.reason);
  const socket = connect(endpoint.value).setEncoding('utf8');
  line.socket = socket;
  if (replays) socket.write(`from ${line.position + line.lines.length}\n`);
  socket.on('data', (text: string) => take(line, socket, text));
  socket.on('end', () => {
    if (line.socket !== socket) return;
    if (line.rest !== '' && !replays) line.lines.push(line.rest); // else it comes again, whole
    line.rest = '';
  });
  socket.on('error', (error) => {
    if (line.socket === socket) line.trouble = describeError(error);
  });
  socket.on('close', () => {
    if (line.socket !== socket) return;
    line.socket = null;
    line.rest = ''; // half a line, of a connection that broke
    line.againAt = performance.now() + AGAIN_MS;
  });
}

function take(line: Line, socket: Socket, text: string): void {
  if (line.socket !== socket) return; // it is read from another place now
  const [first = '', ...others] = text.split('\n');
  line.rest += first;
  for (const other of others) {
    line.lines.push(line.rest.endsWith('\r') ? line.rest.slice(0, -1) : line.rest);
    line.rest = other;
  }
  if (line.rest.length > LINE_CHARACTERS_MAX)
    socket.destroy(new Error(`a line is longer than ${LINE_CHARACTERS_MAX} characters`));
  if (line.lines.length >= WAITING_MAX) socket.pause();
}
