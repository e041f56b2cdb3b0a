// docs/operate.md, from top to bottom: each command is run as it stands there, and prints what stands there.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageFolder } from '../../src/layout.ts';

interface Command {
  readonly words: readonly string[];
  /** It goes on while others run. */
  readonly isBackground: boolean;
  /** Lines; `…` is anything, a line of it alone any lines. */
  readonly prints: readonly string[];
}

const page = readFileSync(join(packageFolder, 'docs', 'operate.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'millrace-operate-'));
const background: ChildProcess[] = [];

afterAll(async () => {
  for (const child of background) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

function commandsOf(text: string): readonly Command[] {
  const blocks = [...text.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks
    .flatMap((block) => block.split(/^\$ /m).slice(1))
    .map((part) => {
      const [line = '', ...prints] = part.trimEnd().split('\n');
      expect(line).toMatch(/^npx millrace /);
      const isBackground = line.endsWith(' &');
      const words = line.replace(/ &$/, '').split(' ').slice(2);
      return { words: words.map((word) => (word === '8081' ? '0' : word)), isBackground, prints }; // the port may be in use here
    });
}

/** What must be printed, as an expression. */
function patternOf(prints: readonly string[]): RegExp {
  const literal = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const lines = prints.map((line) => {
    return line === '…' ? String.raw`(?:[^\n]*\n)*?` : `${line.split('…').map(literal).join('[^\\n]*')}\\n`;
  });
  return new RegExp(`^${lines.join('')}`);
}

function start(words: readonly string[]): { readonly child: ChildProcess; readonly said: { text: string } } {
  const program = join(packageFolder, 'src', 'cli', 'millrace.ts');
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { text: '' };
  child.stdout.on('data', (chunk: Buffer) => (said.text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => {
    if (!background.includes(child)) said.text += chunk.toString(); // the log of a cluster goes there
  });
  return { child, said };
}

/** What only looks may be a moment too early: whoever reads the page would look again. */
const LOOKS: ReadonlySet<string> = new Set(['doctor', 'list', 'show', 'logs']);
const LOOKS_MAX = 10;

async function lookAgain(words: readonly string[], pattern: RegExp, first: string): Promise<string> {
  let text = first;
  for (let look = 1; look < LOOKS_MAX && !pattern.test(text); look++) {
    const { child, said } = start(words);
    await once(child, 'close');
    text = said.text;
  }
  return text;
}

test('each command does what the page says', { timeout: 120_000 }, async () => {
  copyFileSync(join(packageFolder, 'examples', 'endless-counts', 'job.ts'), join(folder, 'job.ts'));
  const commands = commandsOf(page);
  expect(commands.map(({ words: [name] }) => name)).toEqual(
    expect.arrayContaining([
      'cluster',
      'doctor',
      'submit',
      'list',
      'show',
      'logs',
      'rescale',
      'savepoint',
      'stop',
      'cancel',
    ]),
  );
  for (const { words, isBackground, prints } of commands) {
    const { child, said } = start(words);
    const pattern = patternOf(prints);
    if (isBackground) {
      background.push(child);
      await expect.poll(() => said.text, { timeout: 30_000 }).toMatch(pattern);
    } else {
      const [code] = (await once(child, 'close')) as [number | null];
      const again = LOOKS.has(words[0] ?? '') ? await lookAgain(words, pattern, said.text) : said.text;
      expect([words.join(' '), code, again]).toEqual([words.join(' '), 0, expect.stringMatching(pattern)]);
    }
  }
});
