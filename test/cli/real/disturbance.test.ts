// What disturbs processes of a run from outside: Node's file system and clock as a process meets them that was started with the module, and files in
// which a bit flips.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { beginDisturbance, disturbableBy, endDisturbance, flipBit } from '../../../src/cli/real/disturbance.ts';
import type { Damage } from '../../../src/cli/real/strike-groups.ts';
import { createScratch } from '../../../src/cli/real/scratch.ts';

const scratch = createScratch();
const outside = mkdtempSync(join(tmpdir(), 'millrace-'));
afterAll(() => {
  for (const folder of [scratch.root, outside]) rmSync(folder, { recursive: true });
});

/** What a process says of each thing that it does, as `name code`; `ok`: it could be done. */
const program = `
import { appendFile, link, mkdir, open, unlink } from 'node:fs/promises';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
const [disturbance, inside, outside] = process.argv.slice(2);
let number = 0;
const next = (folder) => folder + '/' + disturbance + ++number;
const told = [];
const tries = async (name, work) => {
  try { await work(); told.push(name + ' ok'); } catch (error) { told.push(name + ' ' + error.code); }
};
writeFileSync(inside + '/there', '');
const handle = await open(inside + '/open', 'w');
const before = Date.now();
if (disturbance !== 'none') writeFileSync(inside + '/../disturbance', disturbance);
for (let until = performance.now() + 30; performance.now() < until;);
await tries('create', async () => { const file = await open(next(inside), 'wx'); await file.close(); });
await tries('write', () => handle.write(new Uint8Array(9), 0, 9, 0));
await tries('append', () => appendFile(inside + '/there', 'x'));
await tries('mkdir', () => mkdir(next(inside)));
await tries('link', () => link(inside + '/there', next(inside)));
await tries('linkSync', () => linkSync(inside + '/there', next(inside)));
await tries('unlink', () => unlink(inside + '/there'));
await tries('sync', () => handle.sync());
await tries('outside', () => appendFile(next(outside), 'x'));
told.push('clock ' + Math.round(Math.abs(Date.now() - before) / 3_600_000) + ' h');
rmSync(inside + '/../disturbance', { force: true });
writeFileSync(next(inside), 'x');
console.log(told.join(', '));
`;

describe('a process that can be disturbed', () => {
  const file = join(outside, 'program.mjs');
  writeFileSync(file, program);

  test.each([
    [
      'none',
      'create ok, write ok, append ok, mkdir ok, link ok, linkSync ok, unlink ok, sync ok, outside ok, clock 0 h',
    ],
    [
      'disk-full',
      'create ok, write ENOSPC, append ENOSPC, mkdir ENOSPC, link ok, linkSync ok, unlink ok, sync ok, outside ok, clock 0 h',
    ],
    [
      'disk-read-only',
      'create EROFS, write EROFS, append EROFS, mkdir EROFS, link EROFS, linkSync EROFS, unlink EROFS, sync ok, outside ok, clock 0 h',
    ],
    [
      'sync-fails',
      'create ok, write ok, append ok, mkdir ok, link ok, linkSync ok, unlink ok, sync EIO, outside ok, clock 0 h',
    ],
    [
      'clocks-jump',
      'create ok, write ok, append ok, mkdir ok, link ok, linkSync ok, unlink ok, sync ok, outside ok, clock 1 h',
    ],
  ])('%s', (disturbance, told) => {
    const flags = disturbableBy('disk-full', scratch);
    const said = execFileSync(process.execPath, [...flags, file, disturbance, scratch.work, outside], {
      encoding: 'utf8',
    });
    expect(said.trim()).toBe(told);
  });

  test('commits-held: no output becomes visible, and all else goes on', async () => {
    const flags = disturbableBy('damaged-sink', scratch);
    mkdirSync(scratch.sinks, { recursive: true });
    const source = join(scratch.sinks, 'source');
    writeFileSync(source, '');
    beginDisturbance('commits-held', scratch);
    const links = `
      import { link } from 'node:fs/promises';
      await link(${JSON.stringify(source)}, ${JSON.stringify(join(scratch.work, 'linked'))});
      const isHeld = new Promise((resolve) => setTimeout(resolve, 50, 'held'));
      console.log(await Promise.race([link(${JSON.stringify(source)}, ${JSON.stringify(join(scratch.sinks, 'part'))}), isHeld]));
    `;
    const said = execFileSync(process.execPath, [...flags, '--input-type=module', '-e', links], { encoding: 'utf8' });
    endDisturbance(scratch);
    expect(said.trim()).toBe('held');
    expect(existsSync(join(scratch.sinks, 'part'))).toBe(false);
    rmSync(source);
  });

  test('no run has it that needs it not', () => {
    expect(disturbableBy('tm-crash', scratch)).toEqual([]);
    expect(disturbableBy(null, scratch)).toEqual([]);
  });
});

describe('a flipped bit', () => {
  const transactions = join(scratch.sinks, 'out/.writers/job-1%2Fout%2F0/transactions');
  const files = {
    'damaged-ha': join(scratch.ha, 'entries', '000000000002'),
    'damaged-metadata': join(scratch.storage, 'job-1/chk-3/metadata-e1'),
    'damaged-snapshot': join(scratch.storage, 'job-1/chk-3/0-0-e1-a1'),
    'damaged-artifact': join(scratch.storage, 'artifacts', `${'0'.repeat(64)}.mjs`),
    'damaged-sink': join(transactions, 'chk-2-e1-a1.prepared'),
  } as const;
  const others = [
    join(transactions, 'chk-1-e1-a1.committed'),
    join(transactions, 'chk-3-e1-a1.prepared'), // no checkpoint covers it
    join(transactions, 'chk-4-e1-a1.open'),
    join(scratch.storage, 'job-1/chk-2/metadata-e1'),
    join(scratch.storage, 'job-1/chk-4/0-0-e1-a1'),
  ];

  test.each(Object.keys(files) as Damage[])('%s: of the file that a start needs, and back again', (kind) => {
    for (const path of [...others, ...Object.values(files)]) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, 'contents');
    }
    const flipped = flipBit(kind, scratch, 7);
    expect(join(scratch.root, flipped!.name)).toBe(files[kind]);
    const damaged = [...others, ...Object.values(files)].filter((path) => readFileSync(path, 'utf8') !== 'contents');
    expect(damaged).toEqual([files[kind]]);
    flipped!.undo();
    expect(readFileSync(files[kind], 'utf8')).toBe('contents');
    rmSync(files[kind]);
    flipped!.undo(); // a later checkpoint needs it no more
    expect(kind === 'damaged-metadata' ? null : flipBit(kind, scratch, 7)).toBe(null);
  });
});
