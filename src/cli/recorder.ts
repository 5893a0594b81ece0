/**
 * `loopproof recorder`: the file that records the runs of Python programs, where there is no `node_modules`.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LoopproofError } from '../error.js';
import { writeWhole } from '../runs/format/write.js';
import { shipped } from './files.js';
import { defineCommand, FOLDER } from './options.js';
import { makeFolder, print } from './output.js';

const NAME = 'loopproof_recorder.py';

export default defineCommand({
  description: `Writes ${NAME}, which records the training runs of Python programs for \`check\`. It is one file and needs NumPy alone. A file of this name that differs is kept, unless --force is given.`,
  options: {
    out: { type: FOLDER, required: true, about: 'the folder for the file' },
    force: { about: 'replace a file that differs' },
  },
  examples: ['recorder --out .', 'recorder --out my-project --force'],
  run({ out, force }) {
    makeFolder(out, '--out');
    const [file, text] = [join(out, NAME), shipped(`runs/${NAME}`)];
    const there = statSync(file, { throwIfNoEntry: false });
    const same = there?.isFile() === true && readFileSync(file, 'utf8') === text;
    if (there && !same && !force)
      throw new LoopproofError('unwritable', {
        where: file,
        received: 'a file that is there and differs',
        expected: 'no file, or the recorder of this version',
        hint: '--force replaces it; --out names another folder',
      });
    if (!same) writeWhole(file, text);
    print(`${same ? 'kept ' : 'wrote'}  ${file}\n\nfrom loopproof_recorder import Recorder, protocol_of\n`);
  },
});
