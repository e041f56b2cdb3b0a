// The program `millrace` in a checkout; in the package, bin does the same after it has looked at the version of Node (build/bin.cjs).
// Everything else is loaded behind the cache: hundreds of small files are compiled once, not at each start.
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from '../layout.ts';

enableCompileCache(compileCacheFolder);
void start(); // awaited here, the end of a process that waits for nothing would be Node's own warning

async function start(): Promise<void> {
  const [{ main }, { processTerminal }, { keepLastWord }] = await Promise.all([
    import('./main.ts'),
    import('./terminal.ts'),
    import('./last-word.ts'),
  ]);
  const terminal = processTerminal();
  const lastWord = keepLastWord(({ sentence }) => {
    terminal.progress('');
    terminal.complain(`millrace: ${sentence}`);
  });
  lastWord.over(await main(process.argv.slice(2), terminal));
}
