/**
 * Files as programs write them. What they hold is one run of 60 epochs in single precision, unless said otherwise.
 */
import type { Case } from './cases.js';

const configured = (...columns: readonly string[]): readonly string[] => [
  '--config',
  'config.json',
  ...columns.flatMap((pair) => ['--columns', pair]),
];
const HOLDS = [/2 hold, 0 refuted/, /60 of 60 epochs/];

export const FILES: readonly Case[] = [
  {
    file: 'lightning.csv',
    is: 'metrics.csv of PyTorch Lightning: training and validation on rows of their own',
    options: configured('loss=train_loss'),
    exit: [0],
    says: HOLDS,
  },
  {
    file: 'savetxt-header.csv',
    is: 'numpy.savetxt: the header is a comment',
    options: configured(),
    exit: [0],
    says: HOLDS,
  },
  {
    file: 'minus-nan.csv',
    is: 'NaN as C prints it, though the order parameters keep the loss small',
    options: configured(),
    exit: [1],
    says: [/loss at epoch 58/],
  },
  {
    file: 'semicolon-in-cell.csv',
    is: 'commas between cells, a semicolon in one',
    options: configured(),
    exit: [0],
    says: HOLDS,
  },
  {
    file: 'decimal-comma.csv',
    is: 'semicolons between cells, decimal commas',
    options: configured(),
    exit: [0],
    says: HOLDS,
  },
  { file: 'sep-line.csv', is: 'Excel’s first line, sep=;', options: configured(), exit: [0], says: HOLDS },
  {
    file: 'keras-append.csv',
    is: 'a log that was appended to: a second header in line 32',
    options: configured(),
    exit: [2],
    says: [/line 32/, /a second row of names/, /remove line 32/],
  },
  {
    file: 'wandb-name.csv',
    is: 'columns with commas in their names',
    options: configured('loss=lr: 0.01, clip=1 - train/loss'),
    exit: [3],
    never: [/received/],
  },
  { file: 'utf16.txt', is: 'UTF-16, as PowerShell writes it', exit: [0], says: HOLDS },
  { file: 'jsonl.jsonl', is: 'one JSON object per line', options: configured(), exit: [0], says: HOLDS },
  { file: 'key-value.log', is: 'a line of name=value per epoch', options: configured(), exit: [0], says: HOLDS },
  {
    file: 'units.csv',
    is: 'units below the names',
    options: configured(),
    exit: [2],
    says: [/line 2/, /remove line 2 if it holds units/],
  },
  {
    file: 'long.csv',
    is: 'names and values in columns, a row per number',
    options: configured(),
    exit: [2],
    says: [/no column "loss"/, /log\.pivot\(index="epoch", columns="name", values="value"\)/],
    never: [/--columns/],
  },
  { file: 'flat-vectors.json.gz', is: 'rank 1: vectors as flat lists', exit: [0], says: HOLDS },
  { file: 'npz-matlab.npz', is: 'curves of shape (1, E), as MATLAB writes vectors', exit: [0], says: HOLDS },
  { file: 'npz-big-endian.npz', is: 'numbers in big-endian order', exit: [0], says: HOLDS },
  { file: 'npz-bool.npz', is: 'an array of truth values that is no curve of the format', exit: [0], says: HOLDS },
  { file: 'npz-complex.npz', is: 'an array of complex numbers that is no curve of the format', exit: [0], says: HOLDS },
  {
    file: 'npz-state-dict.npz',
    is: 'an array named as in a state_dict, with dots',
    exit: [2],
    says: [/the unknown field "rnn.weight_hh_l0"/, /Whh is weight_hh/],
    never: [/ZIP/],
  },
  {
    file: 'recorder-names.npz',
    is: 'weights under the names of a state_dict',
    exit: [2],
    says: [/weights.initial/, /the unknown field "weight_ih_l0"/, /Wih is weight_ih/],
    never: [/ZIP/],
  },
];
