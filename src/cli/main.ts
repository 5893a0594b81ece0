#!/usr/bin/env node
/**
 * The command line. Each command lives in its own file and is loaded when it is called, so that `--help` is quick.
 */
import { fstatSync, writeFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { LoopproofError } from '../error.js';
import { version } from '../version.js';
import type { CheckOptions } from './check.js';
import { columnsOption, describeError, duration, integer, real, shard } from './output.js';
import type { ProveOptions } from './prove.js';
import type { VerifyOptions } from './verify.js';

/** The default seed of everything that is drawn at random. */
const SEED = 2505;

/** Options of predict that are about one loop, and about a run: not both. */
const LOOP_OPTIONS = ['zm', 'zu', 'vm', 'vu', 'horizon', 'beta', 'variance', 'exponent'];
const RUN_OPTIONS = ['run', 'epochs', 'seed'];

const PAGE = 'one HTML file for people: the table, a page for every claim and every recorded run';

/** The reports that a command may write, and the baseline that they are held against. */
function withReports(command: Command): Command {
  return command
    .optionsGroup('Reports:')
    .option('--json <file>', 'the verdicts as JSON; - for standard output, without the table, as for every report')
    .option('--junit <file>', 'JUnit XML: undecided is skipped')
    .option('--sarif <file>', 'SARIF 2.1.0: undecided is a note')
    .option('--markdown <file>', 'Markdown, for people')
    .option('--github', 'annotations, and the job’s summary: by default where GITHUB_ACTIONS is true')
    .option('--no-github', 'neither')
    .option('--baseline <file>', 'an earlier --json: only what has become worse since, or is new, fails');
}

function build(): Command {
  const program = new Command('loopproof')
    .description('An executable, machine-checked theory of how linear RNN agents learn in closed loop.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('(loopproof --help lists the commands, loopproof COMMAND --help their options)')
    .addHelpText(
      'after',
      `
Examples:
  loopproof verify                          try every claim on random configurations and recorded runs
  loopproof verify stability-region-is-exact --runs 10000
  loopproof prove                           prove the formulas behind them
  loopproof check run.json                  judge a run that another program recorded
  loopproof train --out run.json            one learning run, recorded
  loopproof predict --zm=-0.3 --zu=0.3 --vm=1 --vu=0
  loopproof campaign smoke                  a grid of paired runs
  loopproof figures                         the figures of the paper, drawn of runs made here

Exit codes: 0 all holds, 1 something refuted, 2 bad input or usage, 3 something undecided.`,
    );

  const verify = program
    .command('verify')
    .summary('try claims on random configurations and recorded runs')
    .description('Tries claims, all of them by default, on random configurations and on the recorded runs.')
    .argument('[claims...]', 'identifiers, as `loopproof list` names them')
    .option('--runs <n>', 'cases per claim instead of each claim’s own number', integer(1, 10_000_000))
    .option('--seed <n>', 'seed of the random cases', integer(-(2 ** 31)), SEED)
    .option('--explore', 'draw a new seed, and say which')
    .option('--budget <time>', 'begin no new cases after this long, e.g. 60s; what is left is undecided', duration)
    .option('--shard <i/n>', 'only the i-th of n shares of the claims', shard)
    .option('--workers <n>', 'threads; one per core by default', integer(1, 256))
    .addOption(
      new Option(
        '--mutants',
        'judge the faulty implementations of every claim instead: each must be refuted',
      ).conflicts(['junit', 'sarif', 'markdown', 'html', 'baseline']),
    )
    .addHelpText(
      'after',
      '\nWithout claims, those of loopproof.config.json, if there is one.\n\nExamples:\n  loopproof verify --json verdicts.json\n  loopproof verify learning-closes-on-gram --mutants\n  loopproof verify --explore --budget 2m',
    )
    .action(async (claims, _, command) => {
      const { names, options } = (await import('./config.js')).configured<VerifyOptions>('verify', claims, command);
      await (await import('./verify.js')).verify(names, options);
    });
  withReports(verify)
    .option('--html <file>', PAGE)
    .option('--proofs <file>', 'what prove --json wrote, for the HTML report');

  const prove = program
    .command('prove')
    .summary('derive and check the symbolic side')
    .description(
      'Proves the identities behind the formulas by independent kernels, and decides universal statements by Z3.',
    )
    .argument('[claims...]', 'identifiers, as `loopproof list` names them')
    .option('--no-z3', 'leave Z3 out: what it decides is then undecided')
    .option('--mutants', 'try faulty variants of every identity on every kernel, and of every decision on Z3, instead')
    .addHelpText(
      'after',
      '\nExamples:\n  loopproof prove\n  loopproof prove stability-region-is-exact --json -\n  loopproof prove --mutants',
    )
    .action(async (claims, _, command) => {
      const { names, options } = (await import('./config.js')).configured<ProveOptions>('prove', claims, command);
      await (await import('./prove.js')).proveCommand(names, options);
    });
  withReports(prove);

  const check = program
    .command('check')
    .summary('judge recorded runs')
    .description(
      'Judges recorded runs (loop-run/1: JSON, NPZ or CSV) against the theory, as far as their evidence goes.',
    )
    .argument('[runs...]', 'run files, or patterns; those of loopproof.config.json by default')
    .option('--config <file>', 'a run file without curves: the protocol of runs that have none, such as tables')
    .option('--columns <list>', 'columns of tables by other names, curve=NAME,…', columnsOption)
    .option('--effort <n>', 'work that judging a run may take, in multiples of the usual', real(Number.MIN_VALUE))
    .addHelpText(
      'after',
      `
Examples:
  loopproof check run.json
  loopproof check runs/*.npz --json verdicts.json
  loopproof check runs/*.npz --baseline verdicts.json --junit junit.xml
  loopproof check log.csv --config config.json --columns loss=train_loss
  loopproof check long.npz --effort 20`,
    )
    .action(async (runs, _, command) => {
      const { names, options } = (await import('./config.js')).configured<CheckOptions>('check', runs, command);
      if (names.length === 0)
        command.error("error: missing required argument 'runs': name run files here, or in loopproof.config.json");
      (await import('./check.js')).check(names, options);
    });
  withReports(check).option('--html <file>', PAGE);

  program
    .command('train')
    .summary('one learning run, recorded')
    .description('Trains one agent in closed loop and records the run as loop-run/1.')
    .option('--config <file>', 'a run file without curves')
    .option('--protocol <name>', 'artifact-lowrank (by default), artifact-tanh, text or tracking')
    .option('--engine <name>', 'full or gram; gram where learning closes on the Gram matrix')
    .option('--epochs <n>', 'epochs instead of the protocol’s', integer(1, 1_000_000))
    .option('--seed <n>', 'seed of weights and starts', integer(-(2 ** 31)), SEED)
    .option('--out <file>', 'where to write the run; - for standard output')
    .option('--watch', 'show the stage, the loss, order parameters and spectral radius while it trains')
    .addHelpText(
      'after',
      '\nExamples:\n  loopproof train --out run.json\n  loopproof train --config config.json --engine full --out -\n  loopproof train --protocol text --watch\n  loopproof train --protocol tracking --epochs 1000',
    )
    .action(async (options) => (await import('./train.js')).trainCommand(options));

  program
    .command('predict')
    .summary('what the theory says of one loop, or of a run before it')
    .description(
      [
        'Of one loop, given by its order parameters (double integrator, dt = 1): population loss, gradient, spectrum and exact stability; λ₃, its estimates and their remainders; the surrogate losses of short and long horizons, how they move the dominant pair and the weight that holds it; the losses that no policy beats.',
        'Of a learning run, with --run: its start, the duration and the level of stage 1, the epoch at which the loop becomes stable and whether rounding leaves it certain, the final loss beside what no policy beats. Every number names the claim that vouches for it, and is left out where the run lies outside that claim’s regime.',
      ].join('\n\n'),
    )
    .optionsGroup('One loop:')
    .option('--zm <x>', 'σ_zm', real(), 0)
    .option('--zu <x>', 'σ_zu', real(), 0)
    .option('--vm <x>', 'σ_vm', real(), 0)
    .option('--vu <x>', 'σ_vu', real(), 0)
    .option('--horizon <t>', 'number of scored states', integer(1, 100_000), 50)
    .option('--beta <b>', 'weight of the control penalty', real(0), 0)
    .addOption(
      new Option('--variance <v>', 'variance of each component of the start').argParser(real(0)).default(4 / 3, '4/3'),
    )
    .option('--exponent <m>', 'of the surrogate’s long-horizon loss (λ₁λ₂)^m', integer(1, 1000), 10)
    .addOption(
      new Option('--jsonl', 'one JSON object for each line of standard input').conflicts([
        ...LOOP_OPTIONS,
        ...RUN_OPTIONS,
        'json',
      ]),
    )
    .optionsGroup('A run:')
    .addOption(new Option('--run <file>', 'a recorded run, or one without curves').conflicts(LOOP_OPTIONS))
    .option('--epochs <n>', 'epochs instead of the file’s', integer(1, 100_000))
    .option('--seed <n>', 'seed of the weights where the file has none, as in train', integer(-(2 ** 31)), SEED)
    .optionsGroup('Options:')
    .option('--json', 'one JSON object instead of text')
    .addHelpText(
      'after',
      `
Examples:
  loopproof predict --zm=-0.3 --zu=0.3 --vm=1 --vu=0
  echo '{"overlaps":{"zm":-0.3,"zu":0.3,"vm":1,"vu":0},"horizon":50}' | loopproof predict --jsonl
  loopproof predict --run run.json
  loopproof predict --run config.json --seed 7 --epochs 500 --json`,
    )
    .action(async (options, command) => {
      for (const name of ['epochs', 'seed'])
        if (command.getOptionValueSource(name) === 'cli' && options.run === undefined)
          command.error(`error: option '--${name}' is about a run: name one with --run`);
      await (await import('./predict.js')).predict(options);
    });

  program
    .command('campaign')
    .summary('a grid of paired runs, resumable')
    .description(
      'Runs a grid of paired runs, closed loop and then an open-loop student, on all cores, one line of results per run, and summarises it. A campaign that was interrupted goes on where it was.',
    )
    .argument(
      '<file>',
      'a campaign file (YAML or JSON), or the name of one that the package brings: audit, paper, smoke',
    )
    .option('--out <file>', 'results, one JSON object a line; the campaign’s name with .jsonl by default')
    .option('--summary <file>', 'also write the summary as JSON; - for standard output, without the tables')
    .option('--curves <dir>', 'also write the curves of every run, one file each')
    .option('--shard <i/n>', 'only the i-th of n shares of the runs', shard)
    .option('--workers <n>', 'threads; one per core by default', integer(1, 256))
    .option('--yes', 'begin even what is estimated to take over an hour or half of the memory')
    .addOption(
      new Option(
        '--merge <files...>',
        'run nothing: summarise these results, and write them to --out as one',
      ).conflicts(['shard', 'workers', 'curves']),
    )
    .addOption(
      new Option(
        '--queue <url>',
        'have the runs done by the workers of a BullMQ queue, e.g. redis://127.0.0.1:6379',
      ).conflicts('merge'),
    )
    .option('--worker', 'with --queue: be such a worker, until interrupted')
    .addHelpText(
      'after',
      `
Examples:
  loopproof campaign smoke
  loopproof campaign audit --yes --summary audit.json
  loopproof campaign grid.yaml --shard 1/2 --out first.jsonl
  loopproof campaign grid.yaml --merge first.jsonl second.jsonl --out all.jsonl
  loopproof campaign audit --queue redis://127.0.0.1:6379 --worker    on as many machines as there are
  loopproof campaign audit --queue redis://127.0.0.1:6379 --yes       on one, which collects`,
    )
    .action(async (file, options, command) => {
      if (options.worker && options.queue === undefined)
        command.error("error: option '--worker' works for a queue: name one with --queue");
      await (await import('./campaign.js')).campaignCommand(file, options);
    });

  program
    .command('figures')
    .summary('the figures of the paper, and others')
    .description(
      'Draws figures of learning runs made here, with the theory on top: an SVG each, its data as JSON beside it, and a page that shows them all with their captions.',
    )
    .argument('[figures...]', 'identifiers, as --list names them, or panels of the paper; all by default')
    .option('--out <folder>', 'where to write them', 'figures')
    .option('--seed <n>', 'seed of weights and starts', integer(-(2 ** 31)), SEED)
    .option('--list', 'name the figures instead')
    .option(
      '--tracking <file>',
      'make the long tracking run instead, some minutes, and write the summary of it that the package brings',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  loopproof figures\n  loopproof figures --list\n  loopproof figures stage-one-loss 2b --out drawn',
    )
    .action(async (names, options) => (await import('./figures.js')).figuresCommand(names, options));

  program
    .command('explain')
    .summary('a statement, its derivation and its limits')
    .description('Explains a claim: statement, assumptions, derivation, validity, tolerance, and what would refute it.')
    .argument('<claim>', 'identifier, as `loopproof list` names it')
    .option('--latex', 'the formula in LaTeX')
    .addHelpText(
      'after',
      '\nExamples:\n  loopproof explain memoryless-loop-is-unstable\n  loopproof explain third-eigenvalue-follows-memory --latex',
    )
    .action(async (claim, options) => (await import('./explain.js')).explain(claim, options));

  program
    .command('replay')
    .summary('repeat one case of a claim')
    .description('Repeats one case of a claim, as a refutation named it, and shows every measurement.')
    .argument('<claim>', 'identifier, as `loopproof list` names it')
    .requiredOption('--seed <n>', 'seed that the refutation named', integer(-(2 ** 31)))
    .requiredOption('--path <p>', 'path that the refutation named')
    .option('--mutant <name>', 'turn the check on this faulty implementation, as `verify --mutants` named it')
    .addHelpText('after', '\nExamples:\n  loopproof replay stability-region-is-exact --seed 7 --path 0')
    .action(async (claim, options) => (await import('./replay.js')).replay(claim, options));

  program
    .command('vectors')
    .summary('conformance vectors for other implementations')
    .description(
      'Writes small learning problems with their steps, losses, gradients and updates in double precision, a README, and a program in Python that replays them.',
    )
    .requiredOption('--out <folder>', 'where to write them')
    .addHelpText('after', '\nExamples:\n  loopproof vectors --out vectors')
    .action(async (options) => (await import('./vectors.js')).vectors(options));

  program
    .command('list')
    .summary('the claims')
    .description('Lists the claims.')
    .option('--json', 'as a JSON array')
    .addHelpText('after', '\nExamples:\n  loopproof list\n  loopproof list --json')
    .action(async (options) => (await import('./list.js')).list(options));

  program
    .command('bench')
    .summary('measure speed')
    .description(
      'Measures speed on one thread, beside a baseline of plain arithmetic; without identifiers what is quick. Training of tanh agents is measured beside the matrix products that it is made of.',
    )
    .argument('[benchmarks...]', 'identifiers; long ones, tanh-closed-1000 and tanh-open-1000, are run by name only')
    .option('--scaling', 'epochs of the tanh agent by its units, trials and horizon instead, drawn as bars')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  loopproof bench\n  loopproof bench tanh-closed-1000 tanh-open-1000 --json\n  loopproof bench --scaling',
    )
    .action(async (ids, options) => (await import('./bench.js')).bench(ids, options));

  for (const command of program.commands) command.exitOverride();
  return program;
}

// Node would take a file for written when the disk had room for a part of it.
if (fstatSync(process.stdout.fd).isFile())
  process.stdout._write = (chunk, _, done) => {
    try {
      writeFileSync(process.stdout.fd, chunk);
      done();
    } catch (error) {
      done(error as Error);
    }
  };

// A reader that closes the pipe early (| head) has what it wants; any other failure to write is an error, whatever else came out.
process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`loopproof: standard output\n  ${error.message}\n`);
  process.once('exit', () => {
    process.exitCode = 2;
  });
});
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  await build().parseAsync();
} catch (error) {
  process.exitCode = 2;
  if (error instanceof LoopproofError) process.stderr.write(describeError(error));
  // Commander has printed its message; help and version are no errors.
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const text = error instanceof Error ? (process.env['DEBUG'] ? error.stack : error.message) : String(error);
    process.stderr.write(
      `loopproof: internal error: ${text}\n  try       again with DEBUG=1, and report what it prints\n`,
    );
  }
}
