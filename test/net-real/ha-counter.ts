// A process that raises one counter in an HA folder for as long as it lives, and prints each value that was acknowledged. Told the folder.
import { haDirectory } from '../../src/net-real/ha-directory.ts';

const [, , folder = ''] = process.argv;
const port = haDirectory({ folder, entriesMax: 4 });
const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];

for (;;) {
  const read = await port.request({ kind: 'ha-read', prefix: 'counter' });
  if (read.kind !== 'ha-entries') throw new Error(JSON.stringify(read));
  const [entry] = read.entries;
  const next = (entry === undefined ? 0 : Number(decoder.decode(entry.value))) + 1;
  const answer = await port.request({
    kind: 'ha-write',
    key: 'counter',
    value: encoder.encode(String(next)),
    ifRevision: entry?.revision ?? 0,
    ifEpoch: null,
  });
  if (answer.kind === 'ha-written') process.stdout.write(`${next} ${answer.revision}\n`);
  else if (answer.kind === 'failed' && answer.outcome === 'not-applied') throw new Error(JSON.stringify(answer));
}
