/**
 * Files that tests read and write.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a test's own, with its files by name. */
export function testFolder(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `loopproof-${name}-`));
  const at = (...names: readonly string[]): string => join(folder, ...names);
  const read = (file: string): string => readFileSync(at(file), 'utf8');
  return {
    folder,
    at,
    read,
    readJson: (file: string) => JSON.parse(read(file)),
    /** Writes text or bytes, or another object as JSON. @returns the file's path */
    write(file: string, content: string | Buffer | object): string {
      const asItIs = typeof content === 'string' || Buffer.isBuffer(content);
      writeFileSync(at(file), asItIs ? content : JSON.stringify(content));
      return at(file);
    },
  };
}

/** A recorded run of fixtures/, parsed. */
export const fixture = (name: string) => JSON.parse(readFileSync(`fixtures/${name}.json`, 'utf8'));
