// What Flink needs: a JDK, Maven, and the classes of bench/flink, which are built below .cache once for each state of their sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Result } from '../../src/core/base/value.ts';
import { packageFolder } from '../../src/layout.ts';

export interface Toolchain {
  /** Of Flink, and of the jobs. */
  readonly classpath: string;
}

/** What a program printed, all of it; null: there is no such program. */
export type Run = (program: string, words: readonly string[]) => { readonly ok: boolean; readonly text: string } | null;

export const JAVA_MIN = 17;

const project = join(packageFolder, 'bench', 'flink');
export const FORMULA = join(project, 'src/main/java/millrace/bench/Formula.java');

export const run: Run = (program, words) => {
  const { error, status, stdout, stderr } = spawnSync(program, [...words], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error !== undefined) return null;
  return { ok: status === 0, text: `${stdout}${stderr}` };
};

/** Why nothing of Flink can run here, or null. */
export function missing(platform: NodeJS.Platform = process.platform, ask: Run = run): string | null {
  if (platform !== 'linux')
    return `the CPU time of Flink's processes is read from /proc, which ${platform} does not have`;
  const noJava = missingJava(ask);
  if (noJava !== null) return noJava;
  return ask('mvn', ['--version']) === null ? 'there is no mvn on the PATH, which fetches Flink' : null;
}

/** Why no Java program can run here, or null. */
export function missingJava(ask: Run = run): string | null {
  const java = ask('java', ['-version']);
  if (java === null) return `there is no java on the PATH; Flink's jobs need version ${JAVA_MIN}`;
  const version = /version "(\d+)/.exec(java.text)?.[1] ?? 'of an unknown version';
  return Number(version) >= JAVA_MIN ? null : `java is ${version}; Flink's jobs need version ${JAVA_MIN}`;
}

export function buildToolchain(
  target = join(packageFolder, '.cache', 'bench-flink'),
  ask: Run = run,
): Result<Toolchain> {
  const stamp = join(target, 'stamp');
  const sources = hashOfSources();
  if (!isBuilt(target, stamp, sources)) {
    mkdirSync(target, { recursive: true });
    const words = ['-B', '-q', `-Dtarget.folder=${target}`, '-f', join(project, 'pom.xml'), 'compile'];
    // Without a question to the registry, if all is there.
    const isBuiltOffline = ask('mvn', ['-o', ...words])?.ok === true;
    const online = isBuiltOffline ? null : ask('mvn', words);
    if (!isBuiltOffline && online?.ok !== true) return { ok: false, reason: failureOf(online?.text ?? '') };
    writeFileSync(stamp, sources);
  }
  return { ok: true, value: { classpath: `${join(target, 'classes')}${delimiter}${dependencies(target)}` } };
}

/** Built of these sources, from jars that are still there. */
function isBuilt(target: string, stamp: string, sources: string): boolean {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== sources) return false;
  return dependencies(target)
    .split(delimiter)
    .every((jar) => existsSync(jar));
}

function dependencies(target: string): string {
  return readFileSync(join(target, 'classpath'), 'utf8').trim();
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const path of globSync('{pom.xml,src/**/*.java}', { cwd: project }).toSorted())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(project, path)))
      .update('\0');
  return hash.digest('hex');
}

/** The first thing that Maven complains about. */
function failureOf(text: string): string {
  const complaint = /\[(?:ERROR|FATAL)\] (?!\[)(.+)/.exec(text)?.[1] ?? 'it said nothing';
  return `Maven could not build bench/flink: ${complaint.trim().slice(0, 300)}`;
}
