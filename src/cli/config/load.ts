// The configuration of this process: what its file and its environment say.
import { readFileSync, statSync } from 'node:fs';
import { codeOf } from '../../net-real/disk.ts';
import type { Result } from '../../core/base/value.ts';
import { UsageError } from '../exit-codes.ts';
import { reasonOf, shownPath } from '../files.ts';
import { NO_CONFIG, readConfiguration, type Configuration, type Environment } from './configuration.ts';

/** @param flag what `--config` says */
export function loadConfiguration(flag: string | null, environment: Environment = process.env): Result<Configuration> {
  return readConfiguration({ flag, environment, read: readIfThere });
}

function readIfThere(path: string): string | null {
  try {
    if (statSync(path).isDirectory()) throw new UsageError(`the configuration ${shownPath(path)} is a folder`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    if (error instanceof UsageError) throw error;
    throw new UsageError(`the configuration ${shownPath(path)} cannot be read: ${reasonOf(error)}`);
  }
}

/** The environment of processes that are told everything on their command line. */
export function unconfigured(environment: Environment = process.env): NodeJS.ProcessEnv {
  const others = Object.entries(environment).filter(([name]) => !name.startsWith('MILLRACE_'));
  return { ...Object.fromEntries(others), MILLRACE_CONFIG: NO_CONFIG };
}
