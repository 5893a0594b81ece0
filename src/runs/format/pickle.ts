/**
 * Pickles are never read: to read one is to run the code that it names.
 */
import { LoopproofError } from '../../error.js';

/** The refusal of a pickle, with the two lines that save what it holds as NPZ instead. */
export function pickled(where: string, received: string): LoopproofError {
  return new LoopproofError('pickle', {
    where,
    received,
    expected: 'plain arrays: reading a pickle runs any code that it names',
    hint: [
      'in the program that made it, save arrays instead:',
      '    protocol = numpy.array([json.dumps(protocol)])',
      '    numpy.savez("run.npz", **{"format": ["loop-run/1"], "protocol": protocol, "curves/loss": losses})',
    ].join('\n'),
  });
}
