import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { gatedKernelFor, kernelFor } from '#src/kernel/choose.js';

const SPEC = { units: 2, inputs: 1, outputs: 1, batch: 3, steps: 1, leak: 1, activation: 'tanh', trained: [] } as const;

it('takes the SIMD module of the precision, and plain arithmetic where there is no WebAssembly', () => {
  for (const precision of ['f32', 'f64'] as const)
    for (const make of [kernelFor(precision), gatedKernelFor(precision)]) expect(make(SPEC).rows).toBe(4);
  const script = `import { gatedKernelFor, kernelFor } from '#src/kernel/choose.js';
    for (const maker of [kernelFor, gatedKernelFor])
      process.stdout.write(String(maker('f32')(${JSON.stringify(SPEC)}).rows));`;
  // Node warns on standard error that it has no WebAssembly then.
  const { stdout } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('33');
});
