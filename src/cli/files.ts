/**
 * Names of files on the command line, and the files that the package brings.
 */
import { existsSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { globSync } from 'tinyglobby';

/** The text of a file that the package brings. @param path where it is in src */
export const shipped = (path: string): string => readFileSync(new URL(`../../../src/${path}`, import.meta.url), 'utf8');

/**
 * The files of names and patterns, each once. A name without a file is kept, to be refused later. Folders that exist are named, not
 * patterns, whatever characters they have.
 */
export function filesOf(names: readonly string[]): string[] {
  const files = names.flatMap((name) => {
    if (existsSync(name)) return [name];
    const levels = (sep === '\\' ? name.replaceAll(sep, '/') : name).split('/');
    let folder = levels.length - 1;
    while (folder > 0 && !existsSync(levels.slice(0, folder).join('/') || '/')) folder--;
    const cwd = levels.slice(0, folder).join('/');
    const found = globSync(levels.slice(folder).join('/'), {
      cwd: folder > 0 ? cwd || '/' : '.',
      expandDirectories: false,
    }).sort();
    return found.length > 0 ? found.map((file) => (folder > 0 ? `${cwd}/${file}` : file)) : [name];
  });
  return [...new Set(files)];
}
