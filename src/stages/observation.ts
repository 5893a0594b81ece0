/**
 * Observations of an agent in training, closed loop or open loop: its loss when deployed on fixed trials, its effective gains there, and
 * the dominant eigenvalues of the loop near its fixed point.
 */

import { type Agent, tensorIn, tensorsOf } from '../agent/agent.js';
import type { KernelMaker } from '../kernel/kernel.js';
import { LIMITS } from '../limits.js';
import { dominantEigenvalues } from '../linalg/dominant.js';
import { modulus } from '../linalg/eigen.js';
import { largestEntry, type Mat, matrix } from '../linalg/matrix.js';
import type { Stream } from '../linalg/random.js';
import { fixedPoint } from '../loop/jacobian.js';
import type { Plant } from '../plant/plant.js';
import type { RnnProtocol } from '../problem/protocol.js';
import { rowOf, type Spectrum } from '../training/curve.js';
import { deployedLoop } from '../training/deployed.js';
import { deployment, type RnnEngine } from '../training/rnn.js';
import { deployedGains } from './gains.js';
import { NEGATIVE, type SpectralStages, spectralStages } from './spectral.js';

/** Epochs from one observation to the next; without a stride, nothing is observed. Observations take time (`loopproof bench`). */
export interface Strides {
  readonly deployedLoss?: number;
  /** Effective gains on the same trials. */
  readonly gains?: number;
  readonly spectrum?: number;
}

/** Observations of a run, a row per epoch; those of epochs that were left out, and of a diverged agent, are NaN or absent. */
export interface Observations {
  readonly epochs: number;
  readonly strides: Strides;
  readonly deployedLoss: Float64Array;
  /** p·n per epoch: u ≈ gains·x. */
  readonly gains: Float64Array;
  /** The dominant eigenvalues: three, or those of them that stand out (`localSpectrum`). */
  readonly spectra: readonly (Spectrum | undefined)[];
}

/** An observer of a run: `observe` is for `trainRnn`. */
export interface Observer extends Observations {
  observe(epoch: number): void;
}

/**
 * The spectral stages of an observed run, as epochs; they persist over observed epochs, those with gains and spectrum.
 * @throws RangeError if gains or spectra were not observed
 */
export function observedStages({ epochs, strides, gains, spectra }: Observations): SpectralStages {
  const { gains: fits, spectrum } = strides;
  if (fits === undefined || spectrum === undefined)
    throw new RangeError('the stages are read off effective gains and spectra: observe both');
  const observed = Array.from({ length: epochs }, (_, epoch) => epoch).filter(
    (epoch) => epoch % fits === 0 && epoch % spectrum === 0,
  );
  const { stage3Growth, ...ends } = spectralStages(
    observed.map((epoch) => ({
      gainNegative: rowOf(gains, epochs, epoch)[0]! < NEGATIVE.k1,
      spectrum: spectra[epoch],
    })),
  );
  const at = Object.fromEntries(Object.entries(ends).map(([name, row]) => [name, observed[row]]));
  return { ...at, ...(stage3Growth !== undefined && { stage3Growth }) };
}

/**
 * Whether a loop has a derivative at rest, whose spectrum decides stability there. A relu agent's loop has none: near rest it is linear
 * on cones with a derivative each (`localJacobian`), and orbits pass through one after the other.
 */
export function hasSpectrum(kind: string): boolean {
  return kind !== 'relu';
}

/** The agent without inputs beyond the plant's observations, such as references, which are no part of the loop. */
function withinLoop({ C }: Plant, agent: Agent): Agent {
  const { M } = agent;
  return M.cols === C.rows ? agent : { ...agent, M: matrix(M.rows, C.rows, (i, j) => M.data[i * M.cols + j]!) };
}

/** Eigenvalues that the stages are read off: the dominant pair and the third. */
const DOMINANT = 3;

/**
 * The dominant eigenvalues of the loop near its fixed point: the origin, or, for agents with biases, the one that Newton's method
 * finds from there. The third, and the second if real, are left out where they do not stand out from the others.
 *
 * @param random for the start of Arnoldi's method
 * @returns `undefined` without a fixed point, of a relu agent, or where weights leave the range in which products stay finite
 */
export function localSpectrum(plant: Plant, agent: Agent, random: Stream): Spectrum | undefined {
  if (!tensorsOf(agent).every((name) => largestEntry(tensorIn(agent, name)) <= LIMITS.magnitude)) return undefined;
  const inner = withinLoop(plant, agent);
  if ('activation' in inner && !hasSpectrum(inner.activation)) return undefined;
  const jacobian = fixedPoint(plant, inner)?.jacobian;
  if (!jacobian) return undefined;
  const { eigenvalues } = dominantEigenvalues(jacobian, { count: DOMINANT, least: 1 }, random);
  const radius = modulus(eigenvalues[0]!);
  return { eigenvalues, radius, stable: radius < 1 };
}

/**
 * An observer of an engine's run.
 * @param starts fixed trials, n × any: what agents are deployed on, if deployed loss or gains are observed
 * @param random for spectra
 */
export function observer<A extends Agent>(
  protocol: RnnProtocol,
  engine: RnnEngine<A>,
  strides: Strides,
  { starts, random, make }: { readonly starts?: Mat<number>; readonly random: Stream; readonly make?: KernelMaker },
): Observer {
  const { epochs } = protocol;
  const loop = deployedLoop(protocol, starts?.cols ?? 0);
  const { plant } = loop;
  const [n, p] = [plant.A.rows, plant.B.cols];
  const deployed = starts && deployment(loop, engine.rnn(), starts, make);
  const column = (size: number): Float64Array => new Float64Array(epochs * size).fill(Number.NaN);
  const deployedLoss = column(1);
  const gains = column(p * n);
  const spectra: (Spectrum | undefined)[] = Array(epochs).fill(undefined);
  const due = (stride: number | undefined, epoch: number): boolean => stride !== undefined && epoch % stride === 0;
  return {
    epochs,
    strides,
    deployedLoss,
    gains,
    spectra,
    observe(epoch) {
      const [loss, fit] = [due(strides.deployedLoss, epoch), due(strides.gains, epoch)];
      if (deployed && (loss || fit)) {
        const value = deployed.run(engine.kernel);
        if (loss) deployedLoss[epoch] = value;
        if (fit && Number.isFinite(value)) rowOf(gains, epochs, epoch).set(deployedGains(deployed, n, p).data);
      }
      if (due(strides.spectrum, epoch))
        spectra[epoch] = localSpectrum(plant, engine.rnn(), random.child(`spectrum ${epoch}`));
    },
  };
}
