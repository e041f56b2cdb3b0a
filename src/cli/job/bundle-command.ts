// `millrace bundle`: the artifact of a job as a file, for whoever uploads it with another client: curl, or one of Flink.
import { commandWords } from '../../layout.ts';
import { readArguments, type OptionRow } from '../arguments.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { helpText } from '../help.ts';
import { checkWritable, shownPath, toUser, writeWhole } from '../files.ts';
import type { Terminal } from '../terminal.ts';

const bundleOptions: readonly OptionRow[] = [
  {
    name: 'output',
    value: 'FILE',
    about: 'where it is written; default: the name of the job, with .jar, in this folder',
  },
  { name: 'json', value: null, about: 'one JSON object on stdout: file, name, id of the artifact, bytes' },
  { name: 'help', value: null, about: 'this text' },
];

const help = (): string =>
  helpText({
    command: 'bundle',
    words: 'FILE',
    about: `Writes the job that a file exports, and all that it imports, as one file which can be uploaded and run:
  curl -H "Authorization: Bearer TOKEN" -F jarfile=@FILE http://127.0.0.1:8081/jars/upload
  curl -H "Authorization: Bearer TOKEN" -X POST http://127.0.0.1:8081/jars/ID.mjs/run

Clients of Flink upload it as they upload a jar. Relative paths in the URLs of its sources and sinks begin at the job file, and are whole in the artifact.`,
    options: bundleOptions,
    exits: { 0: 'written', 2: 'the command line or the job is wrong' },
  });

export async function bundleCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const line = readArguments(bundleOptions, words);
  if (!line.ok) throw new UsageError(line.reason);
  const { options, bare } = line.value;
  if (options.has('help')) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const [given, ...others] = bare;
  if (given === undefined) throw new UsageError(`which job file? ${commandWords('bundle')} FILE`);
  if (others.length > 0) throw new UsageError(`one file at a time: what is ${others.join(' ')}?`);
  const wanted = options.get('output')?.[0];
  if (wanted !== undefined) checkWritable(toUser(wanted)); // before anything takes time
  const { loadJobFile } = await import('./job-file.ts');
  const { name, artifact } = await loadJobFile(given);
  const file = toUser(wanted ?? `${name}.jar`);
  writeWhole(file, Buffer.from(artifact.contents).toString());
  const { hash, contents } = artifact;
  terminal.line(
    options.has('json')
      ? JSON.stringify({ file, name, id: `${hash}.mjs`, bytes: contents.length })
      : `${name} is in ${shownPath(file)}, ${contents.length} bytes, as artifact ${hash}`,
  );
  return exitCodes.pass;
}
