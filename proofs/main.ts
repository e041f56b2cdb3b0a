// The program behind `npm run prove`.
import { exitCodes, UsageError } from '../src/cli/exit-codes.ts';
import { processTerminal } from '../src/cli/terminal.ts';
import { prove } from './prove.ts';

const terminal = processTerminal();
try {
  process.exitCode = await prove(process.argv.slice(2), terminal);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  terminal.complain(`prove: ${error.message}`);
  process.exitCode = exitCodes.usage;
}
