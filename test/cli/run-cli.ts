// Runs the command line as a process of its own, as a user does.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
const main = fileURLToPath(new URL('../../src/cli/millrace.ts', import.meta.url));

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `line` is split at spaces. */
export function sim(line: string, cwd: string = repository): Promise<Ended> {
  const words = line.split(' ').filter((word) => word !== '');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, 'sim', ...words], { cwd }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

/** The same, interrupted once it says something. */
export function interrupted(line: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, 'sim', ...line.split(' ')], { cwd: repository }, (_, ...texts) => {
      resolve({ code: child.exitCode ?? -1, stdout: texts[0], stderr: texts[1] });
    });
    child.stdout?.once('data', () => setTimeout(() => child.kill('SIGINT'), 0));
  });
}
