/**
 * A diagnosis for people.
 */
import type { Diagnosis, Finding } from '../runs/diagnosis.js';
import { type Palette, table } from './terminal.js';

const short = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(2))) : String(value);

function told({ does, error, misfit, epochs }: Finding): string {
  const certain = error !== undefined && Number.isFinite(error) ? ` (± ${short(error)})` : '';
  return `the program ${does}${certain}: largest residual ${short(misfit)} of what is allowed, over ${epochs} epochs`;
}

/** The lines of a diagnosis, indented like a verdict's reason. */
export function diagnosisReport(
  {
    break: { epoch, equation, quantity, around, excess },
    evidence,
    likeliest,
    alsoFit,
    nearest,
    notTestable,
  }: Diagnosis,
  palette: Palette,
): string[] {
  const rows = around.map(({ epoch, recorded, predicted }) => [
    `    ${epoch}`,
    recorded.toPrecision(9),
    predicted.toPrecision(9),
    (recorded - predicted).toExponential(1),
  ]);
  const verdict = likeliest
    ? [palette.bold(`  likeliest: ${told(likeliest)}`), ...alsoFit.map((also) => `  as well: ${told(also)}`)]
    : [palette.bold('  no known departure explains the record'), ...(nearest ? [`  nearest: ${told(nearest)}`] : [])];
  return [
    `  from epoch ${epoch} on: ${equation} (${short(excess)} times what is allowed)`,
    table([['    epoch', `recorded ${quantity}`, 'predicted', 'difference'], ...rows]),
    ...verdict,
    palette.dim(`  judged by ${evidence}`),
    ...(notTestable.length > 0 ? [palette.dim(`  not testable with this evidence: ${notTestable.join(', ')}`)] : []),
  ];
}
