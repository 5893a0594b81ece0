/**
 * What the package depends on when it is installed, from the lockfile: `npm run licences` prints the licence of each.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A package of the lockfile. */
interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly dev?: boolean;
  /** Also wanted by an optional peer, which nobody gets who does not ask for it. */
  readonly devOptional?: boolean;
}

export interface Dependency {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly installScript: boolean;
  /** Of what the registry sends, so that nothing else is installed. */
  readonly integrity: string | undefined;
  /** Whether users get it, rather than only who works on the package. */
  readonly runtime: boolean;
}

/** Licences that ask for no more than to be named. */
export const PERMISSIVE: readonly string[] = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
];

/** @param lock the text of package-lock.json */
export function dependenciesOf(lock: string): Dependency[] {
  const packages: Record<string, Locked> = JSON.parse(lock).packages;
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, { version, license, integrity, hasInstallScript = false, dev = false, devOptional = false }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      licence: license ?? 'unknown',
      installScript: hasInstallScript,
      integrity,
      runtime: !dev && !devOptional,
    }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const runtime = dependenciesOf(readFileSync('package-lock.json', 'utf8')).filter((dependency) => dependency.runtime);
  console.log('| package | version | licence |\n|---|---|---|');
  for (const { name, version, licence } of runtime) console.log(`| ${name} | ${version} | ${licence} |`);
  const others = runtime.filter(({ licence }) => !PERMISSIVE.includes(licence));
  for (const { name, licence } of others) console.error(`${name}: ${licence} is not one of ${PERMISSIVE.join(', ')}`);
  process.exitCode = others.length > 0 ? 1 : 0;
}
