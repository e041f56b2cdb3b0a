// `tcp://host:port`: lines of text that somebody sends; it never ends. Nobody can read them again: what came since the latest checkpoint is lost with the
// process that read it, and whoever needs it puts a log between. While the sender is away, it is called once a second.
import { connect, type Socket } from 'node:net';
import type { SplitPlace, SplitReader } from '../../core/graph/connectors.ts';
import { parseEndpoint } from '../endpoint.ts';
import { describeError } from '../port-answers.ts';
import type { BuiltInSource } from './connector.ts';

const AGAIN_MS = 1_000;
/** Lines that wait here; then the sender waits. */
const WAITING_MAX = 10_000;
const LINE_CHARACTERS_MAX = 1_048_576;

export const tcpSource: BuiltInSource = {
  placeKind: 'address',
  isRepeatable: false,
  options: [],
  mistakeIn: (place, _, splits) => {
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
  /** What came behind the last line end. */
  rest: string;
  trouble: string | null;
  /** Not to be called before, in ms. */
  againAt: number;
}

function tcpReader({ place }: SplitPlace): SplitReader {
  const address = addressIn(place);
  const line: Line = { socket: null, lines: [], rest: '', trouble: null, againAt: 0 };
  return {
    async read({ maxRecords }, out) {
      const { trouble } = line;
      line.trouble = null;
      if (line.socket === null && performance.now() >= line.againAt) call(line, address);
      if (trouble !== null && line.lines.length === 0) throw new Error(`tcp://${address}: ${trouble}`);
      for (const text of line.lines.splice(0, maxRecords)) out.add(text);
      if (line.lines.length < WAITING_MAX) line.socket?.resume();
      return { end: false, mark: '' };
    },
    async close() {
      line.socket?.destroy();
    },
  };
}

function call(line: Line, address: string): void {
  const endpoint = parseEndpoint(address);
  if (!endpoint.ok) throw new Error(endpoint.reason);
  const socket = connect(endpoint.value).setEncoding('utf8');
  line.socket = socket;
  socket.on('data', (text: string) => take(line, socket, text));
  socket.on('end', () => {
    if (line.rest !== '') line.lines.push(line.rest);
    line.rest = '';
  });
  socket.on('error', (error) => {
    line.trouble = describeError(error);
  });
  socket.on('close', () => {
    line.socket = null;
    line.rest = ''; // half a line, of a connection that broke
    line.againAt = performance.now() + AGAIN_MS;
  });
}

function take(line: Line, socket: Socket, text: string): void {
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
