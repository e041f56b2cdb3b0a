// The browser of this machine, if it has one. Where it has none, tests are skipped and say so; CI installs one, and counts what is skipped as failed.
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export const hasChromium = executablePath !== undefined;

/** Behind the name of what is skipped. */
export const whySkipped = hasChromium ? '' : ' (skipped: there is no chromium here: apt-get install chromium)';

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath as string, args: ['--no-sandbox'] });
}
