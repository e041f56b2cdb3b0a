// The program `millrace` in a checkout; in the package, bin does the same after it has looked at the version of Node (build/bin.cjs).
// Everything else is loaded behind the cache: hundreds of small files are compiled once, not at each start.
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../layout.ts';

enableCompileCache(compileCacheFolder);
const [{ main }, { processTerminal }] = await Promise.all([import('./main.ts'), import('./terminal.ts')]);
process.exitCode = await main(process.argv.slice(2), processTerminal());
