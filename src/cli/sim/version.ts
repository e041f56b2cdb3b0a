// Which code runs here: the commit (of a package, that it was made of), marked if files were changed since, and the version of V8. Replays are promised for the same of both.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { packageFolder, readBuilt } from '../../layout.ts';

/** What decides how a run goes; a changed README does not. */
const sourceFolders = ['src', 'scenarios', 'package-lock.json'];

export const UNKNOWN_COMMIT = 'unknown';

export interface Version {
  readonly commit: string;
  readonly v8: string;
}

export function currentVersion(): Version {
  return { commit: readBuilt()?.commit ?? readCommit(), v8: process.versions.v8 };
}

/** `8a14fca…`, with a hash of what was changed since behind a plus sign; `unknown` where git cannot say. */
function readCommit(): string {
  try {
    const commit = git('rev-parse', 'HEAD').trim();
    const changes =
      git('diff', 'HEAD', '--', ...sourceFolders) +
      git('ls-files', '--others', '--exclude-standard', '--', ...sourceFolders);
    return changes === '' ? commit : `${commit}+${createHash('sha256').update(changes).digest('hex').slice(0, 8)}`;
  } catch {
    return UNKNOWN_COMMIT; // no git, or no repository
  }
}

/** As many digits as people compare, and whether something was changed since. */
export function shortCommit(commit: string): string {
  const [hash = '', changes] = commit.split('+');
  return hash.slice(0, 12) + (changes === undefined ? '' : ` with changes ${changes}`);
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, {
    cwd: packageFolder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
}
