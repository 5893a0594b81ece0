/**
 * The build of a mutation run: compiles, then makes Stryker's switches cheap. As they come, each expression of a mutated folder
 * counts itself in a dictionary by the running test's name, whatever is run, and compares strings: learning runs twelve times
 * slower. Here it compares and counts by number; mutation.setup.ts translates both.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = `dist/src/${process.argv[2]}`;

// Types that are inferred from mutated code may not fit any more.
execFileSync('tsc', ['--noCheck'], { stdio: 'inherit' });
let switches = 0;
for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'))) {
  const code = readFileSync(`${folder}/${file}`, 'utf8');
  const light = code
    .replaceAll(/stryMutAct_9fa48\("(\d+)"\)/g, (_, mutant: string) => {
      switches++;
      return `(mutation_9fa48.active === ${mutant} && mutation_9fa48.hit())`;
    })
    .replaceAll(
      /stryCov_9fa48\(("[^)]*")\)/g,
      (_, ids: string) => `(${ids.replaceAll(/"(\d+)"/g, 'mutation_9fa48.hits[$1]++')})`,
    );
  // Processes that tests start load the code too, without a mutant and uncounted.
  writeFileSync(`${folder}/${file}`, `const mutation_9fa48 = globalThis.mutation_9fa48 ?? { hits: [] };\n${light}`);
}
if (switches === 0) throw new Error('no switches found: does Stryker name them otherwise?');
