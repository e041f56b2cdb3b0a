// A later Millrace, for tests of upgrades: a copy of this one, in which the package and some formats have another version.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/layout.ts';
import { endOf } from './three-machines.ts';

const RECORDS = 'src/core/protocol/records-codec.ts';
/** Where the version of a format stands. */
const FILES: Readonly<Record<string, string>> = {
  message: 'src/core/protocol/codec.ts',
  hello: 'src/net-real/hello.ts',
  leader: RECORDS,
  job: RECORDS,
  checkpoints: RECORDS,
  counter: RECORDS,
  result: RECORDS,
  savepoint: RECORDS,
};

export const programIn = (root: string): string => join(root, 'src', 'cli', 'millrace.ts');

/** @param root of the copy, which is not there yet */
export function copyMillrace(root: string): void {
  cpSync(join(packageFolder, 'src'), join(root, 'src'), { recursive: true });
  symlinkSync(join(packageFolder, 'node_modules'), join(root, 'node_modules'));
}

/** Makes a copy a later one. @param formats whose version is the one that follows */
export function raiseVersions(root: string, version: string, formats: readonly string[]): void {
  const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as object;
  writeFileSync(join(root, 'package.json'), JSON.stringify({ ...manifest, version }));
  for (const format of formats) raise(join(root, FILES[format] ?? ''), format);
}

function raise(file: string, format: string): void {
  const place = format === 'message' ? /(?<=MESSAGE_VERSION = )\d+/ : new RegExp(`(?<='millrace-${format}',\\s+)\\d+`);
  const text = readFileSync(file, 'utf8');
  if (!place.test(text)) throw new Error(`${file} names no version of ${format}`);
  writeFileSync(
    file,
    text.replace(place, (number) => String(Number(number) + 1)),
  );
}

/** What processes and commands load. */
const LOADED = [
  'src/cli/main.ts',
  'src/cli/process/command.ts',
  'src/cli/process/serve-rest.ts',
  'src/net-real/job-manager-process.ts',
  'src/net-real/task-manager-process.ts',
  'src/net-real/metrics/process-metrics.ts',
  'src/net-real/etcd/service.ts',
  'src/net-real/tls-renewal.ts',
  'src/net-real/tls-transport.ts',
];

/** Compiles once what each process of a machine would compile anew, as it can write no cache. */
export async function compile(root: string): Promise<void> {
  const cache = join(root, '.cache', 'node');
  mkdirSync(cache, { recursive: true });
  const imports = LOADED.map((file) => `await import(${JSON.stringify(join(root, file))});`);
  const env = { ...process.env, NODE_COMPILE_CACHE: cache };
  const child = spawn(process.execPath, ['--input-type=module', '-e', `${imports.join('\n')}\nprocess.exit(0);`], {
    env,
  });
  const { code, text } = await endOf(child);
  if (code !== 0) throw new Error(text);
}
