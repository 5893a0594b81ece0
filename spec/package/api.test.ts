/**
 * The API report: every public name with its type, by entry point. A change of the API is a change of spec/api.md, which shows
 * in review; UPDATE_API=1 writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { describe, expect, it } from 'vitest';
import { testFolder } from '#spec/support/files.js';

const REPORT = 'spec/api.md';
const ENTRIES = { loopproof: 'index', 'loopproof/vitest': 'vitest', 'loopproof/fast-check': 'fast-check' } as const;

/** The report of one entry point. */
function reportOf(entry: string): string {
  const { folder, at } = testFolder('api');
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
    configObject: {
      projectFolder: resolve('.'),
      mainEntryPointFilePath: resolve(`dist/src/${entry}.d.ts`),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2022',
            module: 'nodenext',
            moduleResolution: 'nodenext',
            strict: true,
            skipLibCheck: true,
            types: ['node'],
          },
          files: [resolve(`dist/src/${entry}.d.ts`)],
        },
      },
      apiReport: { enabled: true, reportFileName: `${entry}.api.md`, reportFolder: folder, reportTempFolder: folder },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // Release tags and warnings within the report are not used here.
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel !== ExtractorLogLevel.Error) message.logLevel = ExtractorLogLevel.None;
    },
  });
  expect(succeeded).toBe(true);
  const text = readFileSync(at(`${entry}.api.md`), 'utf8').replaceAll('\r\n', '\n');
  return text.slice(text.indexOf('```ts'));
}

describe('the API', () => {
  it('is that of the report', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
    const named = Object.keys(ENTRIES).map((name) => name.replace('loopproof', '.'));
    expect(Object.keys(exports)).toEqual([...named, './package.json']);
    const sections = Object.entries(ENTRIES).map(([name, entry]) => `## ${name}\n\n${reportOf(entry)}`);
    const report = `# API\n\nWritten by spec/package/api.test.ts with UPDATE_API=1.\n\n${sections.join('\n')}`;
    if (process.env['UPDATE_API']) writeFileSync(REPORT, report);
    else expect(readFileSync(REPORT, 'utf8')).toBe(report);
  });
});
