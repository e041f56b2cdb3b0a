#!/usr/bin/env node
// `bin` of the package: the program `millrace` behind a look at the version of Node. Any Node must be able to read this file, to be told that
// it is too old: nothing here is younger than 2015 but `import()`,
// which has been read since 2017.
'use strict';

const version = process.versions.node.split('.').map(Number);
const isTooOld = version[0] < 22 || (version[0] === 22 && version[1] < 18) || (version[0] === 23 && version[1] < 6);
if (isTooOld) {
  console.error(
    'millrace: Node ' +
      process.versions.node +
      ' is too old: millrace needs Node 22.18 or newer, which runs TypeScript as it is' +
      ' (npm install node@26 brings one to this folder, for npx and npm run)',
  );
  process.exitCode = 2;
} else {
  require('node:module').enableCompileCache(); // in a folder of the system's for what is temporary, or where NODE_COMPILE_CACHE says
  void import('../lib/src/cli/millrace.js');
}
