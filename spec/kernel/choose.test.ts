import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { kernelFor } from '#src/kernel/choose.js';
import { gruUnits } from '#src/kernel/gru.js';
import { rnnUnits } from '#src/kernel/rnn.js';

const SIZES = { units: 2, inputs: 1, outputs: 1, batch: 3, steps: 1, trained: [] };

it('takes the SIMD module of the precision, and plain arithmetic where there is no WebAssembly', () => {
  for (const precision of ['f32', 'f64'] as const) {
    expect(kernelFor(precision)({ kind: rnnUnits(1, 'tanh'), ...SIZES }).rows).toBe(4);
    expect(kernelFor(precision)({ kind: gruUnits(), ...SIZES }).rows).toBe(4);
  }
  const script = `import { kernelFor } from '#src/kernel/choose.js';
    import { gruUnits } from '#src/kernel/gru.js';
    import { rnnUnits } from '#src/kernel/rnn.js';
    for (const kind of [rnnUnits(1, 'tanh'), gruUnits()])
      process.stdout.write(String(kernelFor('f32')({ kind, ...${JSON.stringify(SIZES)} }).rows));`;
  // Node warns on standard error that it has no WebAssembly then.
  const { stdout } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('33');
});
