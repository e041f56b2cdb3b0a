// docs/deployment.md, from top to bottom: its files are written, and each of its commands is run, on three machines that share nothing but /srv.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { processHelp } from '../../src/cli/process/options.ts';
import { packageFolder } from '../../src/layout.ts';
import { readSink } from '../../src/net-real/sink-parts.ts';
import { hasOpenssl, WITHOUT_OPENSSL } from '../net-real/certificates.ts';
import { noEtcd } from '../net-real/etcd/etcd-server.ts';
import { compile, copyMillrace, programIn, raiseVersions } from './later-version.ts';
import {
  endOf,
  installOnAll,
  removeFolder,
  threeMachines,
  type Ended,
  type Machine,
  type Machines,
} from './three-machines.ts';
import { environmentOf, Units, type Unit } from './units.ts';

const read = (...names: readonly string[]): string => readFileSync(join(packageFolder, ...names), 'utf8');
const page = read('docs', 'deployment.md');
const folder = mkdtempSync(join(tmpdir(), 'millrace-deployment-'));
/** Of a later version: where machines see it, which have a `/tmp` of their own. */
const later = makeLaterFolder();

function makeLaterFolder(): string {
  const cache = join(packageFolder, '.cache');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'later-'));
}
const closing: (() => Promise<void>)[] = [];

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  removeFolder(folder);
  removeFolder(later);
});

// ---- What the page says

interface Command {
  /** `a`, `b`, `c`, `all`, `ca`. */
  readonly where: string;
  /** It says that something is wrong, by its exit code. */
  readonly fails: boolean;
  readonly line: string;
  /** Lines; `…` is anything, a line of it alone any lines. */
  readonly prints: readonly string[];
}

const PROMPT = /^(a|b|c|all|ca)([$!]) /;

function commandsOf(text: string): readonly Command[] {
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => language === '')
    .map(([, , block = '']) => block);
  return blocks.flatMap((block) =>
    block.split(/^(?=(?:a|b|c|all|ca)[$!] )/m).map((part) => {
      const [first = '', ...prints] = part.trimEnd().split('\n');
      const [prompt, where = '', mark] = PROMPT.exec(first) ?? expect.fail(`no prompt: ${first}`);
      return { where, fails: mark === '!', line: first.slice(prompt.length), prints };
    }),
  );
}

/** By path; those of one machine are of `a`. */
const files = new Map(
  [...page.matchAll(/`(\/[\w./-]+)` on (?:all|`a`[^\n]*):\n\n```\w+\n([\s\S]*?)^```$/gm)].map(
    ([, path = '', text = '']) => [path, text] as const,
  ),
);

function fileAt(path: string): string {
  return files.get(path) ?? expect.fail(`the page has no file ${path}`);
}

/** The rows of the table of files that are carried: its name, and where it lies. */
const carried = [...page.matchAll(/^\| `([\w.-]+)` \| ((?:`\/etc\/[^|]+`)+) \|$/gm)].map(
  ([, name = '', places = '']) => [name, [...places.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)] as const,
);

const unitNames = ['millrace-jobmanager', 'millrace-taskmanager'] as const;

function unitOf(name: string): Unit {
  const text = fileAt(`/etc/systemd/system/${name}.service`);
  const entry = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? expect.fail(key);
  expect([entry('Restart'), entry('KillSignal'), entry('WorkingDirectory')]).toEqual([
    'always',
    'SIGTERM',
    '/var/lib/millrace',
  ]);
  return {
    execStart: entry('ExecStart').replace('/usr/local/bin/millrace', 'millrace'),
    environmentFile: entry('EnvironmentFile'),
    restartSec: Number(entry('RestartSec')),
    timeoutStopSec: Number(entry('TimeoutStopSec')),
    isUp: /"incarnation":/,
  };
}

function patternOf(prints: readonly string[]): RegExp {
  const literal = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const lines = prints.map((line) =>
    line === '…' ? String.raw`(?:[^\n]*\n)*?` : `${line.split('…').map(literal).join('[^\\n]*')}\\n`,
  );
  return new RegExp(`^${lines.join('')}`);
}

test('options of the units are options of the processes', () => {
  for (const [name, role] of [
    ['millrace-jobmanager', 'jobmanager'],
    ['millrace-taskmanager', 'taskmanager'],
  ] as const) {
    const { execStart } = unitOf(name);
    expect(execStart).toMatch(new RegExp(`^millrace ${role} --`));
    const help = processHelp(role);
    for (const [option] of execStart.matchAll(/--[a-z-]+/g)) expect(help).toContain(`${option} `);
  }
});

test('systemd takes the units, where it is here', () => {
  const paths = unitNames.map((name) => {
    const path = join(folder, `${name}.service`);
    writeFileSync(path, fileAt(`/etc/systemd/system/${name}.service`).replace('/usr/local/bin/millrace', '/bin/true'));
    return path;
  });
  const { error, status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', ...paths], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (error !== undefined) return; // no such program
  expect([status, stderr.split('\n').filter((line) => line.includes('millrace-'))]).toEqual([0, []]);
});

test('metrics and kinds of log lines that it names are there', () => {
  const watch = /^## What to watch\n([\s\S]*?)^## /m.exec(page)?.[1] ?? '';
  const metrics = [...watch.matchAll(/`(millrace_\w+)`/g)].map(([, name = '']) => name);
  const told = read('docs', 'metrics.md');
  expect(metrics.length).toBeGreaterThan(10);
  for (const name of metrics) expect(told).toContain(`| \`${name}\` |`);
  const kinds = watch
    .split('\n')
    .filter((line) => /^\| `[a-z-]+`/.test(line))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind));
  expect(kinds.length).toBeGreaterThan(10);
  const known = read('src', 'net-real', 'log', 'note-levels.ts') + read('src', 'net-real', 'log', 'process-log.ts');
  for (const kind of kinds.filter((one) => one !== 'kind')) expect(known).toMatch(new RegExp(`^  '?${kind}'?: `, 'm'));
});

// ---- Its commands, run

const LOOKS = /^millrace (?:doctor --listen|list|logs|show)/;
const LOOKS_MS = 30_000;

class Guide {
  readonly #machines: Machines;
  readonly #units: ReadonlyMap<string, Units>;

  constructor(machines: Machines) {
    this.#machines = machines;
    this.#units = new Map(machines.all.map((machine) => [machine.letter, new Units(machine, unitOf)]));
    closing.push(async () => void (await Promise.all([...this.#units.values()].map((units) => units.close()))));
  }

  async follow(command: Command): Promise<void> {
    if (command.where === 'ca') return this.#atAuthority(command);
    const on = this.#machines.all.filter(({ letter }) => command.where === 'all' || command.where === letter);
    await Promise.all(on.map((machine) => this.#at(machine, command)));
    if (command.line === 'millrace list' && command.prints.some((line) => line.includes('RUNNING')))
      await this.#commits();
  }

  async #atAuthority({ line }: Command): Promise<void> {
    mkdirSync(join(folder, 'ca'), { recursive: true });
    const [first] = this.#machines.all;
    const child = spawn('sh', ['-c', (first as Machine).here(line)], { cwd: join(folder, 'ca') });
    const { code, text } = await endOf(child);
    expect([line, code], text).toEqual([line, 0]);
  }

  async #at(machine: Machine, { line, fails, prints }: Command): Promise<void> {
    const [program, ...words] = line.split(' ');
    if (program === 'systemctl') return this.#units.get(machine.letter)?.systemctl(words);
    const pattern = patternOf(prints.map((text) => machine.here(text)));
    const env = environmentOf(readFileSync(machine.outside('/etc/millrace/host.env'), 'utf8'));
    const until = performance.now() + LOOKS_MS;
    const fits = ({ code, text }: Ended): boolean => (code === 0) !== fails && pattern.test(text);
    let ended = await endOf(machine.start(line, { env }));
    while (LOOKS.test(line) && !fits(ended) && performance.now() < until)
      ended = await endOf(machine.start(line, { env }));
    const where = `${machine.letter}: ${line}`;
    expect([where, ended.code !== 0, ended.text]).toEqual([where, fails, expect.stringMatching(pattern)]);
  }

  /** What is committed from now on. */
  async #commits(): Promise<void> {
    const before = (await committed()).length;
    await expect
      .poll(async () => (await committed()).length, { timeout: 60_000, interval: 200 })
      .toBeGreaterThan(before);
  }
}

interface Count {
  readonly digit: number;
  readonly second: number;
  readonly count: number;
}

async function committed(): Promise<readonly Count[]> {
  const out = join(folder, 'srv', 'millrace', 'jobs', 'out');
  return (await readSink(out, 'counts')) as unknown as readonly Count[];
}

/** Files of the page, each on its machines. */
function writeFiles({ all }: Machines): void {
  for (const machine of all) {
    const own: Readonly<Record<string, (text: string) => string>> = {
      '/etc/default/etcd': (text) =>
        text
          .replaceAll(/^(?!ETCD_INITIAL_CLUSTER=).*$/gm, (line) => line.replace('10.0.0.1', machine.address))
          .replace('NAME=a', `NAME=${machine.letter}`),
      '/etc/millrace/host.env': (text) =>
        text.replace('HOST=a', `HOST=${machine.letter}`).replace('10.0.0.1', machine.address),
    };
    for (const [path, text] of files) {
      if (path.startsWith('/etc/systemd/')) continue;
      writeFileSync(machine.outside(path), machine.here(own[path]?.(text) ?? text));
    }
  }
}

function carryFiles({ all }: Machines): void {
  expect(carried.length).toBe(5);
  for (const machine of all)
    for (const [name, places] of carried)
      for (const place of places) {
        copyFileSync(join(folder, 'ca', name.replace('HOST', machine.letter)), machine.outside(place));
        chmodSync(machine.outside(place), 0o600);
      }
}

/** Where the page goes to another version: before the first command behind these words. */
const installations = [
  {
    behind: '\nThen `npm install --prefix /opt/millrace …` on each machine',
    version: '98.0.0',
    raised: ['message', 'hello', 'result'],
  },
  {
    behind: '\nIf this is an upgrade, the new version is installed now.',
    version: '99.0.0',
    raised: ['leader', 'job', 'checkpoints', 'counter', 'savepoint'],
  },
].map((one) => {
  expect(page).toContain(one.behind);
  return { ...one, before: commandsOf(page.slice(0, page.indexOf(one.behind))).length };
});

function versionOf(letter: string, name: string): string {
  const place = readFileSync(join(folder, letter, 'var/lib/millrace/work', name, 'address.json'), 'utf8');
  return (JSON.parse(place) as { readonly version: string }).version;
}

const without = noEtcd ?? (hasOpenssl ? null : WITHOUT_OPENSSL);

test.skipIf(without !== null)(
  `each command does what the page says${without === null ? '' : ` (skipped: ${without})`}`,
  { timeout: 300_000 },
  async () => {
    copyMillrace(later);
    await compile(packageFolder);
    const compiled = compile(later);
    const machines = await threeMachines(folder);
    closing.push(() => machines.close());
    const guide = new Guide(machines);
    mkdirSync(join(folder, 'srv', 'millrace', 'jobs'));
    copyFileSync(
      join(packageFolder, 'examples', 'endless-counts', 'job.ts'),
      join(folder, 'srv', 'millrace', 'jobs', 'job.ts'),
    );
    writeFiles(machines);
    const commands = commandsOf(page);
    const firstStart = commands.findIndex(({ line }) => line.startsWith('systemctl'));
    for (const [index, command] of commands.entries()) {
      if (index === firstStart) carryFiles(machines);
      for (const one of installations.filter(({ before }) => before === index)) {
        await compiled;
        raiseVersions(later, one.version, one.raised);
        installOnAll(folder, programIn(later));
      }
      await guide.follow(command);
      if (index > firstStart && command.where === 'ca') carryFiles(machines);
    }
    for (const { letter } of machines.all)
      for (const name of [`jm-${letter}`, `tm-${letter}`])
        expect(versionOf(letter, name)).toBe(installations.at(-1)?.version);
    const before = Math.max(...(await committed()).map(({ second }) => second));
    await expect
      .poll(async () => Math.max(...(await committed()).map(({ second }) => second)), {
        timeout: 60_000,
        interval: 200,
      })
      .toBeGreaterThan(before + 1);
    const counts = await committed();
    const last = Math.max(...counts.map(({ second }) => second));
    const told = counts.filter(({ second }) => second < last);
    const expected = Array.from({ length: last * 10 }, (_, at) => `${Math.floor(at / 10)}/${at % 10}: 10`);
    expect(told.map(({ second, digit, count }) => `${second}/${digit}: ${count}`).toSorted()).toEqual(
      expected.toSorted(),
    );
    expect(readdirSync(join(folder, 'a', 'var', 'lib', 'millrace', 'logs'))).toContain('jm-a.log');
  },
);
