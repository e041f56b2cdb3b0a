// The command behind `npm run docs`: writes docs/api.md from the doc comments of what the entry points export. Refuses names without one.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/layout.ts';
import { missingIn } from './api/complete.ts';
import { renderApi } from './api/markdown.ts';
import { readApi } from './api/read-api.ts';

const api = readApi();
const missing = missingIn(api);
for (const sentence of missing) console.error(sentence);
if (missing.length === 0) writeFileSync(join(packageFolder, 'docs', 'api.md'), renderApi(api));
process.exitCode = missing.length === 0 ? 0 : 1;
