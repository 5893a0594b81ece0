/** Translates between Stryker's record of mutants, by test and by name, and the numbers that mutation.build.ts puts into the code. */

/** Stryker's record, which its own set-up has put here: the mutant to run, or where mutants' evaluations are counted. */
interface Record {
  activeMutant: string | undefined;
  currentTestId: string | undefined;
  mutantCoverage: Coverage | undefined;
  hitCount: number | undefined;
  hitLimit: number | undefined;
}
interface Coverage {
  readonly static: { [mutant: string]: number };
  readonly perTest: { [test: string]: { [mutant: string]: number } };
}
const shared = globalThis as unknown as { __stryker__?: Record; mutation_9fa48?: unknown };

/** How many times as often as usual a mutant may be come by before it counts as endless; Stryker would allow a hundred times. */
const PATIENCE = 5;
const STRYKERS_PATIENCE = 100;

/** More than a folder has mutants. */
const MUTANTS = 1 << 14;

const record = shared.__stryker__;
if (record && !shared.mutation_9fa48) {
  const hits = new Float64Array(MUTANTS);
  const mutation = {
    active: -1,
    hits,
    /** True, for the mutant at work; throws where it does not end. */
    hit(): boolean {
      record.hitCount = (record.hitCount ?? 0) + 1;
      if (record.hitCount > (PATIENCE / STRYKERS_PATIENCE) * (record.hitLimit ?? Infinity))
        throw new Error(`mutant ${mutation.active} does not end`);
      return true;
    },
  };
  let coverage: Coverage = { static: {}, perTest: {} };
  let test = record.currentTestId;
  const book = (): void => {
    if (test !== undefined) coverage.perTest[test] ??= {};
    const counts = test === undefined ? coverage.static : (coverage.perTest[test] as { [mutant: string]: number });
    for (let mutant = 0; mutant < MUTANTS; mutant++) {
      const count = hits[mutant] as number;
      if (count > 0) counts[mutant] = (counts[mutant] ?? 0) + count;
    }
    hits.fill(0);
  };
  Object.defineProperties(record, {
    activeMutant: {
      get: () => (mutation.active < 0 ? undefined : `${mutation.active}`),
      set: (mutant: string | undefined) => {
        mutation.active = mutant === undefined ? -1 : Number(mutant);
      },
    },
    currentTestId: {
      get: () => test,
      set: (id: string | undefined) => {
        book();
        test = id;
      },
    },
    // Read once, at the end of each file of tests.
    mutantCoverage: {
      get: () => {
        book();
        const booked = coverage;
        coverage = { static: {}, perTest: {} };
        return booked;
      },
    },
  });
  shared.mutation_9fa48 = mutation;
}
