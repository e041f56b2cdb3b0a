// Loads the data that a scenario names: a data set of a package, or a file beside the scenario (`./words.jsonl`, `./words.json`).
// A broken one is refused with its place.
import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { unknownName } from '../../core/base/options.ts';
import { parseJson } from '../../core/base/parse-json.ts';
import type { Value } from '../../core/base/value.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import { UsageError } from '../exit-codes.ts';
import { dataSetFile, dataSets, isPackage } from '../../layout.ts';
import { shownPath } from '../files.ts';

export function loadData(scenario: Scenario, scenarioFile: string): Readonly<Record<string, Value>> {
  return Object.fromEntries((scenario.data ?? []).map((name) => [name, loadOne(name, scenarioFile)]));
}

function loadOne(name: string, scenarioFile: string): Value {
  if (/^\.{1,2}\//.test(name))
    return readData(resolve(dirname(scenarioFile), name), `it is named by ${shownPath(scenarioFile)}`);
  if (!Object.hasOwn(dataSets, name)) {
    const hint = 'a file is named relative to the scenario, with ./ before it';
    throw new UsageError(`${shownPath(scenarioFile)}: ${unknownName('data', name, Object.keys(dataSets))} (${hint})`);
  }
  return readData(
    findDataSet(name),
    `it is part of ${isPackage ? 'millrace' : `the package ${dataSets[name]?.package}`}`,
  );
}

function findDataSet(name: string): string {
  const file = dataSetFile(name);
  if (file !== null) return file;
  throw new UsageError(
    `the package ${dataSets[name]?.package}, whose data this scenario reads, is not installed: run "npm ci" (it is a dev dependency)`,
  );
}

function readData(file: string, origin: string): Value {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new UsageError(`the data ${shownPath(file)} cannot be read; ${origin}`);
  }
  if (!isUtf8(bytes)) throw new UsageError(`the data ${shownPath(file)} is not UTF-8; ${origin}`);
  const text = new TextDecoder().decode(bytes); // without a byte order mark
  return file.endsWith('.jsonl') ? valuesIn(text, shownPath(file)) : valueIn(text, shownPath(file));
}

/** One value a line; empty lines do not count. */
function valuesIn(text: string, file: string): Value {
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return [];
    const parsed = parseJson(line);
    if (parsed.ok) return [parsed.value];
    throw new UsageError(`${file}, line ${at + 1}: ${parsed.reason}`);
  });
}

function valueIn(text: string, file: string): Value {
  const parsed = parseJson(text);
  if (parsed.ok) return parsed.value;
  const { isJson, reason, at } = parsed; // the engine says the line of what is no JSON
  const line = text.slice(0, at).split('\n').length;
  throw new UsageError(`${file}${isJson ? `, line ${line}` : ''}: ${reason}`);
}
