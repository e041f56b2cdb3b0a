// Machines of docs/deployment.md: each a network namespace at a bridge, and for each of its processes a mount namespace in which /etc, /var/lib and /srv
// are those of the machine, and the folder of the test is empty. Where namespaces may not be made, paths, addresses and ports of the page are mapped to
// folders of the test, to 127.0.0.x and to other ports.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../../src/layout.ts';

const PROGRAM = join(packageFolder, 'src', 'cli', 'millrace.ts');
const letters = ['a', 'b', 'c'] as const;

export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  /** As `ProtectSystem=strict` has it. */
  readonly isReadOnly?: boolean;
}

export interface Machine {
  readonly letter: string;
  readonly address: string;
  /** A path of the page, as this process finds it. */
  outside(path: string): string;
  /** A text of the page, as it is meant on this machine. */
  here(text: string): string;
  /** A line for the shell, as a process with an open pipe as its standard input. */
  start(line: string, options: StartOptions): ChildProcess;
}

export interface Machines {
  readonly all: readonly Machine[];
  readonly isolated: boolean;
  close(): Promise<void>;
}

/** What whoever waits for a child gets of it. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}

// ---- Namespaces

/** Lives as long as this process: its standard input is a pipe from here. */
async function hold(words: readonly string[]): Promise<ChildProcess> {
  const holder = spawn(words[0] ?? '', [...words.slice(1), 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await Promise.race([once(holder.stdout, 'data'), once(holder, 'close'), once(holder, 'error')]);
  if (holder.exitCode !== null || holder.pid === undefined) throw new Error(`${words.join(' ')}: not permitted`);
  return holder;
}

function run(words: readonly string[]): void {
  const { status, stderr } = spawnSync(words[0] ?? '', words.slice(1), { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
}

interface Namespaces {
  /** Before the words of a process of that machine. */
  readonly enter: (index: number) => readonly string[];
  readonly close: () => Promise<void>;
}

/** A bridge in a namespace of its own, and a cable from it to each machine. */
async function makeNamespaces(): Promise<Namespaces> {
  const isRoot = process.getuid?.() === 0;
  const holders: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(
      holders.map(async (holder) => {
        if (holder.exitCode !== null || holder.signalCode !== null) return;
        holder.kill('SIGKILL');
        await once(holder, 'exit');
      }),
    );
  };
  try {
    const hub = await hold(isRoot ? ['unshare', '-n'] : ['unshare', '-rn']);
    holders.push(hub);
    const user = isRoot ? [] : ['-U', '--preserve-credentials'];
    const inside = (holder: ChildProcess): readonly string[] => ['nsenter', '-t', String(holder.pid), ...user, '-n'];
    const ip = (holder: ChildProcess, line: string): void => run([...inside(holder), 'ip', ...line.split(' ')]);
    ip(hub, 'link add br0 type bridge');
    ip(hub, 'link set br0 up');
    for (const [index, letter] of letters.entries()) {
      const machine = await hold([...inside(hub), 'unshare', '-n']);
      holders.push(machine);
      ip(hub, `link add to-${letter} type veth peer name eth0 netns ${machine.pid}`);
      ip(hub, `link set to-${letter} master br0 up`);
      ip(machine, 'link set lo up');
      ip(machine, `addr add 10.0.0.${index + 1}/24 dev eth0`);
      ip(machine, 'link set eth0 up');
    }
    return { enter: (index) => inside(holders[index + 1] as ChildProcess), close };
  } catch (error) {
    await close();
    throw error;
  }
}

const ETC = ['hosts', 'resolv.conf', 'nsswitch.conf', 'passwd', 'group', 'ld.so.cache', 'ssl/openssl.cnf'];

/** Shell words that make a mount namespace that of the machine in `$1`; what is shared is in `$2`, the folder of the test is `$3`. */
const MOUNTS = [
  'set -e',
  'mount --bind "$1/etc" /etc',
  'mount --bind "$1/var/lib" /var/lib',
  'mount --bind "$2" /srv',
  'mount -t tmpfs tmpfs "$3"',
];
const READ_ONLY = ['mount -t tmpfs tmpfs /tmp', 'mount --bind / /', 'mount -o remount,bind,ro /'];

function mountedWords(folder: string, letter: string, isReadOnly: boolean): readonly string[] {
  const script = [...MOUNTS, ...(isReadOnly ? READ_ONLY : []), 'cd /var/lib/millrace', 'shift 3', 'exec sh -c "$1"'];
  const own = join(folder, letter);
  return [
    'unshare',
    '-m',
    '--propagation',
    'private',
    'sh',
    '-c',
    script.join('; '),
    'sh',
    own,
    join(folder, 'srv'),
    folder,
  ];
}

// ---- Machines

/** @param folder empty, of the test */
export async function threeMachines(folder: string): Promise<Machines> {
  mkdirSync(join(folder, 'srv', 'millrace'), { recursive: true });
  for (const letter of letters) makeDisk(join(folder, letter));
  const isolated = await namespaced(folder);
  if (isolated !== null) return isolated;
  const shift = 10_000 + Math.floor(Math.random() * 20_000); // of all ports
  const all = letters.map((letter, index) => mappedMachine(folder, letter, { index, shift }));
  return { all, isolated: false, close: async () => {} };
}

function makeDisk(own: string): void {
  for (const name of ['etc/ssl', 'etc/millrace', 'etc/etcd', 'etc/default', 'var/lib/millrace', 'var/lib/etcd'])
    mkdirSync(join(own, name), { recursive: true });
  for (const name of ETC) if (existsSync(join('/etc', name))) copyFileSync(join('/etc', name), join(own, 'etc', name));
  install(own, PROGRAM);
}

/** What processes and commands of each machine are from now on. @param folder as `threeMachines` got it */
export function installOnAll(folder: string, program: string): void {
  for (const letter of letters) install(join(folder, letter), program);
}

/** `millrace`, for a shell. */
function install(own: string, program: string): void {
  const bin = join(own, 'var', 'lib', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'millrace'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
}

const pathWith = (bin: string): string => `${bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`;

/** Null: they cannot be had here. */
async function namespaced(folder: string): Promise<Machines | null> {
  if (process.env['MILLRACE_TEST_NAMESPACES'] === 'none') return null;
  const namespaces = await makeNamespaces().catch(() => null);
  if (namespaces === null) return null;
  const all = letters.map((letter, index): Machine => {
    const outside = (path: string): string =>
      path.startsWith('/srv/') ? join(folder, path) : join(folder, letter, path);
    return {
      letter,
      address: `10.0.0.${index + 1}`,
      outside,
      here: (text) => text,
      start(line, { env, isReadOnly = false }) {
        const words = [...namespaces.enter(index), ...mountedWords(folder, letter, isReadOnly), line];
        return spawn(words[0] ?? '', words.slice(1), {
          env: { PATH: pathWith('/var/lib/bin'), HOME: '/var/lib/millrace', ...env },
          stdio: ['pipe', 'pipe', 'pipe'],
        });
      },
    };
  });
  const [first] = all;
  const probe = await endOf((first as Machine).start('millrace --version', { env: {}, isReadOnly: true }));
  if (probe.code === 0) return { all, isolated: true, close: namespaces.close };
  await namespaces.close();
  return null;
}

function mappedMachine(
  folder: string,
  letter: string,
  { index, shift }: { readonly index: number; readonly shift: number },
): Machine {
  const own = join(folder, letter);
  const outside = (path: string): string => (path.startsWith('/srv/') ? join(folder, path) : join(own, path));
  const here = (text: string): string =>
    text
      .replaceAll(/(?<![\w./-])\/(?:etc|var\/lib|srv)\/[\w./-]*/g, outside)
      .replaceAll('127.0.0.1', `127.0.0.1${index + 1}`)
      .replaceAll(/10\.0\.0\.(?=[\d…])/g, '127.0.0.1')
      .replaceAll(/(?<=[\d…S}]:)(\d{4})\b/g, (port) => String(Number(port) + shift))
      .replaceAll(/IP:127\.0\.0\.1\d/g, '$&,IP:127.0.0.1'); // from which each of them connects
  return {
    letter,
    address: `10.0.0.${index + 1}`,
    outside,
    here,
    start: (line, { env }) =>
      spawn('sh', ['-c', here(line)], {
        cwd: outside('/var/lib/millrace'),
        env: { PATH: pathWith(join(own, 'var', 'lib', 'bin')), HOME: outside('/var/lib/millrace'), ...env },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
  };
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}
