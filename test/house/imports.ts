// Who may import whom, checked from the imports as they really are. The table below is the rule; the rest of this file
// reads the sources and compares. It parses only: no types, no libraries, no resolution beyond relative paths, so that
// the whole check takes about a second. This is the only module of the house checks that knows ts-morph.

import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { packageFolder, readEntryPoints } from '../../src/layout.ts';
import { Node, Project, SyntaxKind } from 'ts-morph';
import type { ImportTypeNode, SourceFile } from 'ts-morph';

// ---- The table

interface Zone {
  readonly name: string;
  /** `folder/**` is everything below, `folder/*` the files directly inside, `{a,b}.ts` these files, anything else is one file. */
  readonly at: string;
  /** Zones whose files may be imported; a zone always sees itself. */
  readonly sees: readonly string[];
  /** Zones of which only types may be imported. */
  readonly seesTypesOf?: readonly string[];
  /** Packages that may be imported; a list also means that the zone runs in a browser and imports no `node:*`. */
  readonly packages: readonly string[] | 'any';
}

const BELOW_THE_ROLES = ['base', 'columns', 'graph', 'protocol', 'checkpoint'];
const JOBMANAGER = ['jobmanager state', 'jobmanager checkpoints', 'jobmanager'];
const TASK = ['task entry', 'task'];
const CORE = [
  ...BELOW_THE_ROLES,
  'leadership',
  'operators',
  ...JOBMANAGER,
  ...TASK,
  'taskmanager',
  'client',
  'core entry',
];
const SCENARIO = ['scenario', 'scenario clients', 'scenario entry'];
const SIM = [
  'run',
  'sim',
  'sim services',
  'sim faults',
  'sim judges',
  'sim machines',
  'sim cluster',
  'sim oracles',
  'sim entry',
];
const REPORTS = ['report model', 'report page', 'live page', 'reports'];
const PRODUCT = [
  ...CORE,
  'realm',
  'calls',
  ...SCENARIO,
  ...SIM,
  'testing',
  'net-real',
  'rest',
  'scenarios',
  'proof scenarios',
  ...REPORTS,
  'examples',
];

const NO_PACKAGES: readonly string[] = [];
const SIM_PACKAGES = ['seedrandom'];

/** The first zone that matches a file is its zone. */
const ZONES: readonly Zone[] = [
  { name: 'base', at: 'src/core/base/**', sees: [], packages: NO_PACKAGES },
  { name: 'columns', at: 'src/core/columns/**', sees: ['base'], packages: NO_PACKAGES },
  { name: 'graph', at: 'src/core/graph/**', sees: ['base', 'columns'], packages: NO_PACKAGES },
  { name: 'protocol', at: 'src/core/protocol/**', sees: ['base', 'columns', 'graph'], packages: NO_PACKAGES },
  { name: 'checkpoint', at: 'src/core/checkpoint/**', sees: ['base', 'graph', 'protocol'], packages: NO_PACKAGES },
  { name: 'leadership', at: 'src/core/leadership/**', sees: ['base', 'protocol'], packages: NO_PACKAGES },
  {
    name: 'operators',
    at: 'src/core/operators/**',
    sees: ['base', 'columns', 'graph', 'checkpoint'],
    packages: NO_PACKAGES,
  },
  // What the concerns of a JobManager share: its state, a step, where the parts of a job are, how tasks are told.
  {
    name: 'jobmanager state',
    at: 'src/core/jobmanager/{state,drain-state,slot-wait-state,savepoint-state,transitions,touched,step,jobs,task-managers}.ts',
    sees: [...BELOW_THE_ROLES, 'jobmanager', 'jobmanager checkpoints'],
    packages: NO_PACKAGES,
  },
  // The coordinator knows nothing of slots, restarts and elections.
  {
    name: 'jobmanager checkpoints',
    at: 'src/core/jobmanager/checkpoints/**',
    sees: [...BELOW_THE_ROLES, 'jobmanager state'],
    packages: NO_PACKAGES,
  },
  {
    name: 'jobmanager',
    at: 'src/core/jobmanager/**',
    sees: [...BELOW_THE_ROLES, 'jobmanager state', 'jobmanager checkpoints'],
    packages: NO_PACKAGES,
  },
  // A task knows nothing of its TaskManager. What the TaskManager knows of a task: how to make one, its step, input, state, checks and moments.
  {
    name: 'task entry',
    at: 'src/core/task/{task,step,state,code,descriptor,invariants,relative}.ts',
    sees: [...BELOW_THE_ROLES, 'operators', 'task'],
    packages: NO_PACKAGES,
  },
  {
    name: 'task',
    at: 'src/core/task/**',
    sees: [...BELOW_THE_ROLES, 'operators', 'task entry'],
    packages: NO_PACKAGES,
  },
  {
    name: 'taskmanager',
    at: 'src/core/taskmanager/**',
    sees: [...BELOW_THE_ROLES, 'leadership', 'task entry'],
    packages: NO_PACKAGES,
  },
  { name: 'client', at: 'src/core/client/**', sees: [...BELOW_THE_ROLES, 'leadership'], packages: NO_PACKAGES },
  { name: 'core entry', at: 'src/core/*', sees: CORE, packages: NO_PACKAGES },

  // A run as data, the same in both worlds and in a report; it runs in a browser.
  { name: 'run', at: 'src/run/**', sees: ['base', 'graph', 'protocol'], packages: NO_PACKAGES },

  // What is to run, and what is to be proven: neither the simulator nor real processes.
  {
    name: 'scenario entry',
    at: 'src/scenario/millrace-scenario.ts',
    sees: ['core entry', 'scenario'],
    packages: NO_PACKAGES,
  },
  // Clients of its jobs, as machines.
  {
    name: 'scenario clients',
    at: 'src/scenario/clients/**',
    sees: [...BELOW_THE_ROLES, 'client', 'scenario'],
    packages: NO_PACKAGES,
  },
  {
    name: 'scenario',
    at: 'src/scenario/**',
    sees: ['base', 'columns', 'graph', 'protocol', 'operators', 'realm'],
    packages: NO_PACKAGES,
  },
  // What code that must be repeatable may not call: one flag for all that run such code.
  { name: 'realm', at: 'src/realm/**', sees: [], packages: NO_PACKAGES },
  // Functions that answer later, run to their end in a context of their own.
  {
    name: 'calls',
    at: 'src/calls/**',
    sees: ['base', 'graph', 'operators', 'realm', 'scenario', 'layout'],
    packages: 'any',
  },

  // The world hosts any machines: only the cluster folder knows which ones Millrace is made of.
  {
    name: 'sim cluster',
    at: 'src/sim/cluster/**',
    sees: [...CORE, 'realm', 'run', 'scenario', 'scenario clients', 'sim', 'sim faults', 'sim oracles', 'sim services'],
    packages: SIM_PACKAGES,
  },
  // Oracles share no code with the machines they judge, else both would be wrong together.
  {
    name: 'sim oracles',
    at: 'src/sim/oracles/**',
    sees: [...BELOW_THE_ROLES, 'realm', 'run', 'scenario', 'sim', 'sim cluster'],
    seesTypesOf: ['operators', ...JOBMANAGER, ...TASK, 'taskmanager', 'client'],
    packages: SIM_PACKAGES,
  },
  // Ready-made for any guest. The world needs none of it.
  { name: 'sim services', at: 'src/sim/services/**', sees: ['base', 'run', 'sim'], packages: NO_PACKAGES },
  { name: 'sim faults', at: 'src/sim/faults/**', sees: ['base', 'run', 'sim'], packages: NO_PACKAGES },
  { name: 'sim judges', at: 'src/sim/judges/**', sees: ['base', 'run', 'sim'], packages: NO_PACKAGES },
  // A guest made of a user's machines.
  {
    name: 'sim machines',
    at: 'src/sim/machines/**',
    sees: ['base', 'realm', 'run', 'scenario', 'sim', 'sim faults'],
    packages: SIM_PACKAGES,
  },
  { name: 'sim entry', at: 'src/sim/millrace-sim.ts', sees: ['base', ...SIM], packages: SIM_PACKAGES },
  { name: 'sim', at: 'src/sim/**', sees: ['base', 'realm', 'run'], packages: SIM_PACKAGES },

  // What a user's own tests need, on the user's own fast-check.
  { name: 'testing', at: 'src/testing/**', sees: [...CORE, ...SCENARIO, ...SIM, 'calls'], packages: ['fast-check'] },

  {
    name: 'net-real',
    at: 'src/net-real/**',
    sees: [...CORE, 'run'],
    // What machines of a user's ask of services is the same in both worlds.
    seesTypesOf: ['sim services'],
    packages: 'any',
  },
  // It translates between HTTP and what clients are told; it knows no machine but the client.
  {
    name: 'rest',
    at: 'src/rest/**',
    sees: [...BELOW_THE_ROLES, 'client', 'net-real', 'layout'],
    packages: 'any',
  },
  // What is proven of examples is a smaller form of them.
  {
    name: 'proof scenarios',
    at: 'scenarios/proofs/**',
    sees: [...CORE, ...SCENARIO, ...SIM, 'scenarios', 'examples'],
    packages: 'any',
  },
  { name: 'scenarios', at: 'scenarios/**', sees: [...CORE, ...SCENARIO, ...SIM], packages: 'any' },
  // What a report is made of is pure, and its page runs in a browser; only what writes the file knows Node.
  { name: 'report model', at: 'reports/model/**', sees: ['base', 'protocol', 'run'], packages: NO_PACKAGES },
  { name: 'report page', at: 'reports/page/**', sees: ['base', 'protocol', 'run', 'report model'], packages: ['d3'] },
  { name: 'live page', at: 'reports/live/**', sees: ['report page'], packages: ['d3'] },
  {
    name: 'reports',
    at: 'reports/**',
    sees: [...CORE, ...SIM, 'report model', 'layout'],
    packages: 'any',
  },
  {
    name: 'examples',
    at: 'examples/**',
    sees: [...CORE, ...SCENARIO, ...SIM, 'testing', 'scenarios'],
    packages: 'any',
  },

  // Where things are is known to whoever reads and writes files.
  { name: 'layout', at: 'src/layout.ts', sees: [], packages: 'any' },

  // Nothing of the product imports these; tests may, as they mirror all of src. The bench measures what the command line does, and a proof.
  { name: 'cli', at: 'src/cli/**', sees: [...PRODUCT, 'layout'], packages: 'any' },
  { name: 'build', at: 'build/**', sees: [...PRODUCT, 'layout', 'cli'], packages: 'any' },
  { name: 'proofs', at: 'proofs/**', sees: [...PRODUCT, 'layout', 'cli'], packages: 'any' },
  { name: 'bench', at: 'bench/**', sees: [...PRODUCT, 'layout', 'cli', 'proofs'], packages: 'any' },
  { name: 'test', at: 'test/**', sees: [...PRODUCT, 'layout', 'cli', 'build', 'bench', 'proofs'], packages: 'any' },
];

/** What other packages and user code import by name; the only files that may do nothing but re-export. */
const ENTRY_POINTS: ReadonlyMap<string, string> = new Map(
  [...readEntryPoints()].map(([name, file]) => [name, posix.relative(packageFolder, file)]),
);

const CORE_FILE_LINES_MAX = 400; // what can still be read in one sitting

// ---- What is reported

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly sentence: string;
}

export function describeViolation(violation: Violation): string {
  return `${violation.file}:${violation.line}: ${violation.sentence}`;
}

/** All violations in a tree of sources, given as path -> text with paths relative to the root of the project. */
export function checkSources(texts: ReadonlyMap<string, string>): Violation[] {
  const modules = readModules(texts);
  const violations = [...modules.flatMap(checkModule), ...findCycles(modules)];
  return violations.sort((a, b) => compare(a.file, b.file) || a.line - b.line);
}

/** The texts of all sources below a folder. Files without a zone are read too, so that nothing escapes the table. */
export function readSourceTree(root: string): Map<string, string> {
  const paths = globSync('{src,scenarios,reports,examples,build,bench,proofs,test}/**/*.ts', { cwd: root });
  return new Map(
    paths.sort().map((path) => [path.replaceAll('\\', '/'), readFileSync(posix.join(root, path), 'utf8')]),
  );
}

// ---- One file against the table

interface Import {
  readonly specifier: string;
  /** The path inside the project, or null for a package or a builtin. */
  readonly target: string | null;
  /** Nothing is loaded at run time. `import { type X }` does not count: it still loads the module. */
  readonly typesOnly: boolean;
  readonly line: number;
}

interface Module {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly onlyReexports: boolean;
}

function checkModule(module: Module): Violation[] {
  const zone = zoneOf(module.path);
  const at = (line: number, sentence: string | null): Violation[] =>
    sentence === null ? [] : [{ file: module.path, line, sentence }];
  if (zone === null) return at(1, 'This file is in no zone of the table in test/house/imports.ts.');
  return [
    ...at(1, checkLength(module)),
    ...at(1, checkBarrel(module)),
    ...module.imports.flatMap((edge) => at(edge.line, checkImport(zone, edge))),
  ];
}

function checkLength(module: Module): string | null {
  if (!module.path.startsWith('src/core/') || module.lines <= CORE_FILE_LINES_MAX) return null;
  return `This file has ${module.lines} lines, and a file of src/core has at most ${CORE_FILE_LINES_MAX}.`;
}

function checkBarrel(module: Module): string | null {
  if (!module.onlyReexports || [...ENTRY_POINTS.values()].includes(module.path)) return null;
  return 'This file only re-exports, which is left to the public entry points.';
}

function checkImport(zone: Zone, edge: Import): string | null {
  return edge.target === null ? checkPackage(zone, edge.specifier) : checkZones(zone, edge, edge.target);
}

function checkPackage(zone: Zone, specifier: string): string | null {
  if (zone.packages === 'any') return null;
  if (isBuiltin(specifier)) return `The zone ${zone.name} runs in a browser and must not import ${specifier}.`;
  if (zone.packages.includes(packageNameOf(specifier))) return null;
  return `The zone ${zone.name} may import ${describeList(zone.packages, 'no package')}, not ${specifier}.`;
}

function checkZones(zone: Zone, edge: Import, target: string): string | null {
  const seen = zoneOf(target);
  if (seen === null || seen === zone || zone.sees.includes(seen.name)) return null; // a target without a zone reports itself
  const typesAllowed = zone.seesTypesOf?.includes(seen.name) ?? false;
  if (typesAllowed && edge.typesOnly) return null;
  if (typesAllowed) return `The zone ${zone.name} may import only types of ${seen.name} (${target}): use import type.`;
  return `The zone ${zone.name} may import ${describeList(zone.sees, 'no other zone')}, not ${seen.name} (${target}).`;
}

function zoneOf(path: string): Zone | null {
  return ZONES.find((zone) => isAt(path, zone.at)) ?? null;
}

function isAt(path: string, at: string): boolean {
  const listed = /^(.*)\{(.+)\}(.*)$/.exec(at);
  if (listed !== null) return (listed[2] ?? '').split(',').some((word) => path === `${listed[1]}${word}${listed[3]}`);
  if (at.endsWith('/**')) return path.startsWith(at.slice(0, -2));
  if (at.endsWith('/*')) return posix.dirname(path) === at.slice(0, -2);
  return path === at;
}

function packageNameOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function describeList(names: readonly string[], none: string): string {
  if (names.length < 2) return names[0] ?? none;
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

// ---- Cycles. Imports of types count: two files that need each other's types are one file, or lack a third.

function findCycles(modules: readonly Module[]): Violation[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const done = new Set<string>();
  const cycles = new Map<string, Violation>();
  for (const module of modules) visit(module, byPath, done, [], cycles);
  return [...cycles.values()];
}

/** Depth first: an import of a file that is still on the path closes a cycle. */
function visit(
  module: Module,
  byPath: ReadonlyMap<string, Module>,
  done: Set<string>,
  path: Module[],
  cycles: Map<string, Violation>,
): void {
  if (done.has(module.path)) return;
  path.push(module);
  for (const { target } of module.imports) {
    const next = target === null ? undefined : byPath.get(target);
    if (next === undefined) continue;
    const start = path.indexOf(next);
    if (start < 0) visit(next, byPath, done, path, cycles);
    else recordCycle(path.slice(start), cycles);
  }
  path.pop();
  done.add(module.path);
}

function recordCycle(cycle: readonly Module[], cycles: Map<string, Violation>): void {
  const paths = cycle.map((module) => module.path);
  const first = paths.indexOf([...paths].sort()[0] ?? '');
  const turned = [...paths.slice(first), ...paths.slice(0, first)]; // the same cycle reads the same wherever it was entered
  const after = turned[1] ?? turned[0];
  const line = cycle[first]?.imports.find((edge) => edge.target === after)?.line ?? 1;
  const sentence = `This file imports itself in a cycle: ${[...turned, turned[0]].join(' -> ')}.`;
  cycles.set(sentence, { file: turned[0] ?? '', line, sentence });
}

// ---- Reading, with ts-morph

function readModules(texts: ReadonlyMap<string, string>): Module[] {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipFileDependencyResolution: true,
    skipLoadingLibFiles: true,
  });
  return [...texts].map(([path, text]) => readModule(path, project.createSourceFile(`/${path}`, text)));
}

function readModule(path: string, file: SourceFile): Module {
  return {
    path,
    lines: file.getFullText().trimEnd().split('\n').length,
    imports: [...readDeclarations(path, file), ...readExpressions(path, file)],
    onlyReexports: isOnlyReexports(file),
  };
}

function readDeclarations(path: string, file: SourceFile): Import[] {
  return [...file.getImportDeclarations(), ...file.getExportDeclarations()].flatMap((declaration) => {
    const specifier = declaration.getModuleSpecifierValue();
    if (specifier === undefined) return [];
    return [toImport(path, specifier, declaration.isTypeOnly(), declaration.getStartLineNumber())];
  });
}

/** `import('x')` as a value and as a type. */
function readExpressions(path: string, file: SourceFile): Import[] {
  if (!file.getFullText().includes('import(')) return [];
  const calls = file.getDescendantsOfKind(SyntaxKind.CallExpression).flatMap((call) => {
    const argument = call.getArguments()[0];
    if (call.getExpression().getKind() !== SyntaxKind.ImportKeyword || !Node.isStringLiteral(argument)) return [];
    return [toImport(path, argument.getLiteralValue(), false, call.getStartLineNumber())];
  });
  const types = file.getDescendantsOfKind(SyntaxKind.ImportType).map((type) => readImportType(path, type));
  return [...calls, ...types];
}

function readImportType(path: string, type: ImportTypeNode): Import {
  return toImport(path, type.getArgument().getText().slice(1, -1), true, type.getStartLineNumber());
}

function toImport(from: string, specifier: string, typesOnly: boolean, line: number): Import {
  return { specifier, target: resolve(from, specifier), typesOnly, line };
}

function resolve(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  return ENTRY_POINTS.get(specifier) ?? null;
}

function isOnlyReexports(file: SourceFile): boolean {
  const statements = file.getStatements();
  const exports = statements.filter((statement) => Node.isExportDeclaration(statement));
  const reexports = exports.some(
    (statement) => statement.isNamespaceExport() || statement.getNamedExports().length > 0,
  );
  return reexports && statements.every((s) => Node.isExportDeclaration(s) || Node.isImportDeclaration(s));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
