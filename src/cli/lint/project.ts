// Loads a file and all that it imports, with types. The compiler is the one inside ts-morph, whatever else is installed; the options
// are ours, whatever the user's folder says, so that the same file has the same findings everywhere.
import { dirname, join, sep } from 'node:path';
import { Project, ts } from 'ts-morph';
import { codeFolder, homeFolder, packageFolder, readEntryPoints } from '../../layout.ts';

/** `own`: code of the user, which is followed. `millrace` is trusted, `library` is known by name, `package` is followed by nobody. */
export type Zone = 'own' | 'millrace' | 'library' | 'package';

export interface Sources {
  readonly checker: ts.TypeChecker;
  fileAt(path: string): ts.SourceFile | undefined;
  zoneOf(file: ts.SourceFile): Zone;
}

/** Reads files with all that they import. @param paths absolute */
export function loadProgram(paths: readonly string[]): ts.Program {
  const project = new Project({
    compilerOptions: compilerOptions(),
    skipAddingFilesFromTsConfig: true,
    skipFileDependencyResolution: true,
  });
  project.addSourceFilesAtPaths([...paths]);
  return project.getProgram().compilerObject;
}

/** The sources as they are seen from one of the files. A file of Millrace's own sees those as a user sees theirs. */
export function sourcesFrom(program: ts.Program, path: string): Sources {
  const trusted = trustedPaths(path);
  return {
    checker: program.getTypeChecker(),
    fileAt: (at) => program.getSourceFile(at),
    zoneOf: (file) => (program.isSourceFileDefaultLibrary(file) ? 'library' : zoneOfPath(file, trusted)),
  };
}

function compilerOptions(): ts.CompilerOptions {
  return {
    target: ts.ScriptTarget.ESNext,
    lib: ['lib.esnext.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    allowJs: true,
    resolveJsonModule: true,
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [packageFolder, homeFolder].map((folder) => join(folder, 'node_modules', '@types')),
    paths: Object.fromEntries([...readEntryPoints()].map(([name, file]) => [name, [declarationsOf(file)]])),
  };
}

/** Types lie in the sources; in a package, beside them. */
function declarationsOf(file: string): string {
  return file.replace(/\.js$/, '.d.ts');
}

/** What belongs to Millrace, unless the path lies there. */
function trustedPaths(path: string): readonly string[] {
  const engine = [join(codeFolder, 'src') + sep, ...readEntryPoints().values()];
  return engine.some((at) => path.startsWith(at)) ? [] : engine;
}

function zoneOfPath(file: ts.SourceFile, trusted: readonly string[]): Zone {
  const path = file.fileName.split('/').join(sep);
  if (trusted.some((at) => path === at || path.startsWith(at))) return 'millrace';
  if (path.includes(`${sep}@types${sep}node${sep}`) || path.includes(`${sep}undici-types${sep}`)) return 'library';
  if (file.isDeclarationFile) return 'package';
  if (path.includes(`${sep}node_modules${sep}`) && !path.startsWith(codeFolder + sep)) return 'package';
  return 'own';
}

/** The name of the package that a file belongs to. */
export function packageOf(file: ts.SourceFile): string {
  const [, inside] = file.fileName.split(/.*\/node_modules\//);
  if (inside === undefined) return dirname(file.fileName);
  return inside.split('/', inside.startsWith('@') ? 2 : 1).join('/');
}
