// A search in a file: `--keep` writes it where a bound ended it, `--go-on` goes on from there. What it was asked stands before it, and must be what is
// asked now.
import { existsSync, statSync } from 'node:fs';
import { KeptReader, KeptWriter } from '../../../sim/search/explore/kept.ts';
import { ByteFile, NewByteFile } from '../../byte-file.ts';
import { UsageError } from '../../exit-codes.ts';
import { findForUser, reasonOf, shownPath, toUser } from '../../files.ts';
import { codeHash } from './code-hash.ts';
import type { ExplorePlan } from './explore-plan.ts';
import type { ExploreCommand } from './read-explore.ts';

const FORMAT = 'millrace-search';
const VERSION = 1;
const LINE_BYTES_MAX = 1 << 20;

type Setting = string | number | boolean | null | readonly string[];

/** What a search was asked. */
interface Asked {
  readonly scenario: { readonly kind: string; readonly name: string };
  readonly code: string;
  /** By option, with defaults. */
  readonly settings: Readonly<Record<string, Setting>>;
}

/** Where a search comes from, and where it is left if a bound ends it. */
export interface KeptFiles {
  readonly keepIn: KeptWriter | undefined;
  readonly goOnFrom: KeptReader | undefined;
  /** Somebody pressed Ctrl-C: a bound where it can be kept, and else the end of the process. */
  isInterrupted(): boolean;
  /** Once it has ended. @param isStopped by a bound. @returns the file that it was kept in, as it is shown; null: none */
  end(isStopped: boolean): string | null;
}

/** Null: neither is asked for. Throws a `UsageError` on a file that cannot be written, or gone on from. */
export async function openKept(
  { keep, goOn }: Pick<ExploreCommand, 'keep' | 'goOn'>,
  plan: ExplorePlan,
): Promise<KeptFiles | null> {
  if (keep === null && goOn === null) return null;
  const asked = await askedBy(plan);
  const to = keep === null ? null : new NewByteFile(toUser(keep));
  const from = goOn === null ? null : openWhole(findForUser(goOn), asked);
  let isInterrupted = false;
  const interrupt = (): void => void (isInterrupted = true);
  if (to !== null) process.once('SIGINT', interrupt); // the second one ends the process
  return {
    isInterrupted: () => isInterrupted,
    keepIn: to === null ? undefined : writerTo(to, asked),
    goOnFrom: from === null ? undefined : new KeptReader((length) => from.read(length)),
    end(isStopped) {
      process.off('SIGINT', interrupt);
      from?.close();
      if (to === null || !isStopped) return null;
      to.publish();
      return shownPath(to.path);
    },
  };
}

/** Nothing is written before the search is. */
function writerTo(file: NewByteFile, asked: Asked): KeptWriter {
  let isBegun = false;
  return new KeptWriter((bytes) => {
    if (!isBegun) file.write(new TextEncoder().encode(`${FORMAT} ${VERSION}\n${JSON.stringify(asked)}\n`));
    isBegun = true;
    file.write(bytes);
  });
}

async function askedBy(plan: ExplorePlan): Promise<Asked> {
  const { kind, name } = plan.setup.guest;
  return { scenario: { kind, name }, code: await codeHash(plan.setup), settings: settingsOf(plan) };
}

/** All but the bounds that a search may go beyond. */
function settingsOf({ bounds, search, recordsMax }: ExplorePlan): Asked['settings'] {
  return {
    order: search.order,
    memory: search.memory,
    orders: search.shortcuts?.reduces === false ? 'all' : 'some',
    symmetry: search.shortcuts?.unifies === false ? 'off' : 'on',
    from: bounds.from,
    to: bounds.to,
    'for-ever': bounds.isForEver ?? false,
    'until-ms': bounds.untilMs,
    'must-arrive': bounds.mustArrive ?? false,
    faults: bounds.faults,
    'faults-max': bounds.faultsMax,
    'deviations-max': bounds.deviationsMax,
    'chances-max': bounds.chancesMax,
    'fates-max': bounds.fatesMax,
    'reorders-max': bounds.reordersMax,
    'records-max': recordsMax,
    set: Object.entries(bounds.set).map(([name, value]) => `${name}=${value}`),
  };
}

/** The file, behind what the search was asked. */
function openWhole(path: string, asked: Asked): ByteFile {
  const shown = shownPath(path);
  if (!existsSync(path)) throw new UsageError(`there is no kept search ${shown}`);
  if (!statSync(path).isFile()) throw new UsageError(`${shown} is not a kept search`);
  const file = openOrRefuse(path);
  try {
    const refusal = refusalOf(file, asked);
    if (refusal !== null) throw new UsageError(`${shown} ${refusal}`);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function openOrRefuse(path: string): ByteFile {
  try {
    return new ByteFile(path);
  } catch (error) {
    throw new UsageError(`${shownPath(path)} cannot be read: ${reasonOf(error)}`);
  }
}

/** Why a search does not go on from a file; null: it does. */
function refusalOf(file: ByteFile, asked: Asked): string | null {
  const [format, version] = file.readLine(FORMAT.length + 10).split(' ');
  if (format !== FORMAT) return 'is not a kept search';
  if (version !== `${VERSION}`) return `is a kept search of version ${version}, and this is version ${VERSION}`;
  if (!file.isWhole()) return 'is truncated or damaged';
  return differenceOf(JSON.parse(file.readLine(LINE_BYTES_MAX)) as Asked, asked);
}

function differenceOf(kept: Asked, asked: Asked): string | null {
  const [before, now] = [kept.scenario.name, asked.scenario.name];
  if (before !== now) return `is a search of ${before}, and not of ${now}`;
  if (kept.code !== asked.code)
    return `is a search of other code: ${now}, or the part of Millrace that runs it, has changed since`;
  for (const [name, setting] of Object.entries(asked.settings)) {
    const earlier = kept.settings[name] ?? null;
    if (JSON.stringify(earlier) !== JSON.stringify(setting))
      return `was kept ${described(name, earlier)}, and is to go on ${described(name, setting)}: only --states-max, --memory-max-mb and --minutes-max may be others`;
  }
  return null;
}

function described(name: string, setting: Setting): string {
  if (setting === null || setting === false) return `without --${name}`;
  if (setting === true) return `with --${name}`;
  const values = typeof setting === 'object' ? setting : [setting];
  return values.length === 0 ? `without --${name}` : `with --${name} ${values.join(name === 'set' ? ' --set ' : ',')}`;
}
