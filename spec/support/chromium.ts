/**
 * Chromium, where there is one.
 */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian has it; CHROMIUM names another. */
const PATH = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Why nothing can be rendered here; `undefined` where it can. */
export const missing = existsSync(PATH) ? undefined : `there is no Chromium at ${PATH}: name one with CHROMIUM`;

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: PATH, args: ['--no-sandbox'], timeout: 110_000 });
}
