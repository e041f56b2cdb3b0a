// Sees to it that nothing stays when the command itself is killed: a process of its own, which is told the ids of all others and the scratch
// folder, and cleans up when the command is gone. A stopped process cannot see by itself that it is alone.
import { spawn } from 'node:child_process';
import { cachedEnv, programs } from '../../layout.ts';

export interface Guard {
  watchProcess(pid: number): void;
  /** It ended; its id may belong to somebody else from now on. */
  forgetProcess(pid: number): void;
  watchFolder(path: string): void;
  forgetFolder(path: string): void;
  /** Resolves when the guard is gone; whatever it still watched is gone before. */
  dismiss(): Promise<void>;
}

export type GuardOrder =
  | { readonly do: 'watch' | 'forget'; readonly pid: number }
  | { readonly do: 'watch' | 'forget'; readonly folder: string };

export function startGuard(): Guard {
  // In a group of its own, so that a Ctrl-C, which reaches all of this group, leaves it alone.
  const child = spawn(process.execPath, [programs.guard], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: cachedEnv(),
    detached: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.stdin.on('error', () => {}); // it is gone: then nobody guards
  const order = (one: GuardOrder): void => void child.stdin.write(`${JSON.stringify(one)}\n`);
  return {
    watchProcess: (pid) => order({ do: 'watch', pid }),
    forgetProcess: (pid) => order({ do: 'forget', pid }),
    watchFolder: (folder) => order({ do: 'watch', folder }),
    forgetFolder: (folder) => order({ do: 'forget', folder }),
    dismiss() {
      child.stdin.end();
      return exited;
    },
  };
}
