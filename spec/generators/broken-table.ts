/**
 * Tables and JSON that no reader can take as they are, each with what a user does who follows the hint of its refusal.
 */
import fc from 'fast-check';
import type { Columns } from '#src/runs/format/csv.js';
import {
  type LogStyle,
  linesOf,
  logOf,
  logStyle,
  type Numbers,
  numbers,
  type Style,
  spelled,
  style,
} from './written-table.js';

/** What a refusal says. */
export interface Said {
  readonly where: string;
  readonly received: string;
  readonly hint: string;
}

/** A file that is refused, and what it becomes. */
export interface Broken {
  readonly name: string;
  readonly curves: Numbers;
  readonly text: string;
  /** Whether the hint is one for this fault. */
  readonly hint: RegExp;
  /** The file and its columns after what the hint says was done. */
  readonly mended: (said: Said) => { readonly text: string; readonly columns?: Columns };
}

const PLAIN = {
  decimal: '.',
  comment: '',
  separator: false,
  quotes: false,
  rowNames: 'none',
  ended: 'no',
  spelling: 'exponent',
  encoding: 'utf-8',
  lineEnd: '\n',
  lastLineEnd: true,
  between: false,
  rows: 'whole',
  missing: '',
  gzip: false,
} as const;

/** A plain table: its header is the first line, every row has a number in every curve. */
const plain: fc.Arbitrary<Style> = style.map((how) => ({ ...how, ...PLAIN }));

const join = (lines: readonly string[]): string => `${lines.join('\n')}\n`;
const lineIn = ({ where }: Said): number => Number(/line (\d+)/.exec(where)![1]);
/** A text without the line that a refusal names. */
const without =
  (text: string): Broken['mended'] =>
  (said) => ({
    text: join(
      text
        .trimEnd()
        .split('\n')
        .filter((_, k) => k + 1 !== lineIn(said)),
    ),
  });
const quoted = (text: string): string => (/[^\w.]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** What a fault needs. */
interface Draw {
  readonly curves: Numbers;
  readonly how: Style;
  /** Any row. */
  readonly row: number;
  readonly word: string;
  readonly log: LogStyle;
}

/** Replaces the cell of the loss in a row; other columns come after it. */
function withLoss({ curves, how, row }: Draw, cell: string, header = 'loss'): string {
  const [names, ...rows] = linesOf({ loss: curves['loss']! }, { ...how, beside: false });
  rows[row] =
    `${rows[row]!.split(how.delimiter).filter((text) => text !== '')[0]}${how.delimiter === ' ' ? '  ' : how.delimiter}${cell}`;
  return join([names!.replace('loss', header), ...rows]);
}

type Kind = (draw: Draw) => Omit<Broken, 'name'>;

const lossOf = ({ curves, row, how }: Draw): string => spelled(curves['loss']![row]!, how);
const onlyLoss = ({ curves }: Draw): Numbers => ({ loss: curves['loss']! });

const replacing =
  (bad: (draw: Draw) => string, hint: RegExp): Kind =>
  (draw) => ({
    curves: onlyLoss(draw),
    text: withLoss(draw, quoted(bad(draw))),
    hint,
    mended: () => ({ text: withLoss(draw, lossOf(draw)) }),
  });

/** The header once more within the rows. @param style how both are written, where not as the draw says */
const secondHeader =
  (style: Partial<Draw['how']>): Kind =>
  (draw) => {
    const lines = linesOf(draw.curves, { ...draw.how, ...style });
    const text = join([...lines.slice(0, draw.row + 2), lines[0]!, ...lines.slice(draw.row + 2)]);
    return {
      curves: draw.curves,
      text,
      hint: /remove line \d+/,
      mended: without(text),
    };
  };

const written = (rows: readonly (readonly string[])[], { delimiter }: Style): string =>
  join(rows.map((cells) => cells.join(delimiter === ' ' ? '  ' : delimiter)));

/** How units stand below names: in brackets, alone, as one. */
const UNITS = ['[-]', '(s)', 'J', '[1]', 'm/s²', '[10^3]'];
/** Columns of an epoch, a name and a value, as pandas' melt, TensorBoard, ggplot and MLflow call them. */
const LONG = [
  ['epoch', 'name', 'value'],
  ['step', 'tag', 'value'],
  ['Epoch', 'variable', 'y'],
  ['t', 'metric', 'v'],
  ['iteration', 'key', 'val'],
] as const;
/** What loggers write in front. */
const WORDS = ['2024-01-01 12:00:01,123 INFO', '[12:00:01]', 'INFO:root:', 'INFO train -', '>>>', 'Rank 0 says'];

const KINDS: Readonly<Record<string, Kind>> = {
  'a tensor': replacing((draw) => `tensor(${lossOf(draw)})`, /\.item\(\)/),
  'a tensor of a device': replacing(
    (draw) => `tensor(${lossOf(draw)}, device='cuda:0', grad_fn=<MeanBackward0>)`,
    /\.item\(\)/,
  ),
  'a list': replacing((draw) => `[${lossOf(draw)}]`, /\.item\(\)/),
  'a list of lists': replacing((draw) => `[[${lossOf(draw)}]]`, /\.item\(\)/),
  'a number of NumPy': replacing((draw) => `np.float64(${lossOf(draw)})`, /\.item\(\)/),
  'a tensor without quotes': (draw) => ({
    curves: onlyLoss(draw),
    text: withLoss({ ...draw, how: { ...draw.how, delimiter: ',' } }, `tensor(${lossOf(draw)}, device='cuda:0')`),
    hint: /\.item\(\)/,
    mended: () => ({ text: withLoss(draw, lossOf(draw)) }),
  }),
  'separators of thousands': (draw) => {
    const { row } = draw;
    const curves = { loss: draw.curves['loss']!.map((_, e) => (e === row ? 54_629_804.5 : e + 0.25)) };
    const [shown] = fc.sample(fc.constantFrom('54,629,804.5', '54 629 804.5', "54'629'804.5", '54_629_804.5'), {
      seed: row,
      numRuns: 1,
    });
    return {
      curves,
      text: withLoss({ ...draw, curves }, quoted(shown!)),
      hint: /without separators between thousands/,
      mended: () => ({ text: withLoss({ ...draw, curves }, '54629804.5') }),
    };
  },
  'commas that may be of thousands': (draw) => {
    const curves = { loss: draw.curves['loss']!.map((_, e) => (e === draw.row ? 1234 : e)) };
    const how: Style = {
      ...draw.how,
      spelling: 'shortest',
      delimiter: draw.how.delimiter === ';' ? ',' : draw.how.delimiter,
    };
    return {
      curves,
      text: withLoss({ ...draw, how, curves }, '"1,234"'),
      hint: /without separators between thousands/,
      mended: () => ({ text: withLoss({ ...draw, how, curves }, '1234') }),
    };
  },
  'commas and points': (draw) => {
    const curves = { loss: draw.curves['loss']!.map((_, e) => e + 0.5) };
    return {
      curves,
      text: withLoss({ ...draw, curves }, `"${draw.row},5"`),
      hint: /decimal points/,
      mended: () => ({ text: withLoss({ ...draw, curves }, `${draw.row}.5`) }),
    };
  },
  'a word': replacing(({ word }) => word, /a plain number/),
  'a number beyond the doubles': (draw) => {
    const loss = draw.curves['loss']!.map((value, e) => (e === draw.row ? Number.POSITIVE_INFINITY : value));
    const mended = () => ({ text: withLoss(draw, 'inf') });
    return { curves: { loss }, text: withLoss(draw, '1e999'), hint: /or inf/, mended };
  },
  'a second header': secondHeader({}),
  'a second header in a comment': secondHeader({ comment: '# ' }),
  'no names': (draw) => {
    const [header, ...rows] = linesOf(draw.curves, { ...draw.how, beside: false });
    return {
      curves: draw.curves,
      text: join(rows),
      hint: /a first line of names/,
      mended: () => ({ text: join([header!, ...rows]) }),
    };
  },
  'a last row that is cut off': (draw) => {
    const lines = linesOf(draw.curves, { ...draw.how, beside: false });
    const keeps = lines.slice(0, -1);
    const { delimiter } = draw.how;
    return {
      curves: Object.fromEntries(Object.entries(draw.curves).map(([name, list]) => [name, list.slice(0, -1)])),
      text: `${join(keeps)}${lines.at(-1)!.slice(0, lines.at(-1)!.indexOf(delimiter))}`,
      hint: /cut off, perhaps: remove the line/,
      mended: (said) => ({ text: join(lines.filter((_, k) => k + 1 !== lineIn(said))) }),
    };
  },
  'decimal commas between commas': (draw) => {
    const how: Style = { ...draw.how, delimiter: ';', decimal: ',', beside: false };
    const lines = linesOf(draw.curves, how);
    return {
      curves: draw.curves,
      text: join(lines).replaceAll(';', ','),
      hint: /semicolons between the cells/,
      mended: () => ({ text: join(lines) }),
    };
  },
  'an empty cell': (draw) => {
    const curves = { ...draw.curves, gradNorm: draw.curves['loss']!.map((_, e) => (e === draw.row ? Number.NaN : e)) };
    const how: Style = { ...draw.how, beside: false, nan: 'NA' };
    const lines = linesOf(curves, how);
    return {
      curves,
      text: join(lines),
      hint: /nan for one that is lost/,
      mended: () => ({ text: join(lines).replaceAll('NA', 'nan') }),
    };
  },
  'another name for the loss': (draw) => ({
    curves: onlyLoss(draw),
    text: withLoss(draw, lossOf(draw), 'train_loss'),
    hint: /--columns loss=train_loss/,
    mended: ({ hint }) => {
      const [, curve, column] = /--columns (\w+)=(\S+)$/.exec(hint) as unknown as [string, 'loss', string];
      return { text: withLoss(draw, lossOf(draw), 'train_loss'), columns: { [curve]: column } };
    },
  }),
  'two columns of one name': (draw) => {
    const lines = linesOf(draw.curves, { ...draw.how, beside: false });
    const double = (name: string): string =>
      join(
        lines.map((line, k) => `${line}${draw.how.delimiter === ' ' ? '  ' : draw.how.delimiter}${k === 0 ? name : 1}`),
      );
    return {
      curves: draw.curves,
      text: double('loss'),
      hint: /rename or remove/,
      mended: () => ({ text: double('loss2') }),
    };
  },
  'a quote that is left open': (draw) => {
    const lines = linesOf(draw.curves, { ...draw.how, beside: false });
    const noted = (cell: string): string =>
      join(
        lines.map(
          (line, k) =>
            `${line}${draw.how.delimiter === ' ' ? '  ' : draw.how.delimiter}${k === 0 ? 'note' : k === draw.row + 1 ? cell : 'x'}`,
        ),
      );
    return {
      curves: draw.curves,
      text: noted('"ok'),
      hint: /close every quote|double quotes/,
      mended: () => ({ text: noted('"ok"') }),
    };
  },
  'units below the names': (draw) => {
    const lines = linesOf(draw.curves, { ...draw.how, beside: false });
    const gap = draw.how.delimiter === ' ' ? '  ' : draw.how.delimiter;
    const unit = UNITS[draw.row % UNITS.length]!;
    const units = ['epoch', ...Object.keys(draw.curves)].map(() => unit).join(gap);
    const text = join([lines[0]!, units, ...lines.slice(1)]);
    return { curves: draw.curves, text, hint: /^remove line 2 if it holds units/, mended: without(text) };
  },
  'names in cells': (draw) => {
    const [epoch, name, value] = LONG[draw.row % LONG.length]!;
    const entries = Object.entries(draw.curves);
    const long = draw.curves['loss']!.flatMap((_, e) =>
      entries.map(([curve, list]) => ({
        [epoch]: `${e}`,
        [name]: curve,
        wall: `${e}.5`,
        [value]: spelled(list[e]!, draw.how),
      })),
    );
    return {
      curves: draw.curves,
      text: written([[epoch, name, 'wall', value], ...long.map((row) => Object.values(row))], draw.how),
      hint: /a column per curve; in pandas, log\.pivot/,
      mended: ({ hint }) => {
        const [, index, columns, values] = /pivot\(index="(.*)", columns="(.*)", values="(.*)"\)/.exec(hint)!;
        const names = [...new Set(long.map((row) => row[columns!]!))];
        const rows = [...new Set(long.map((row) => row[index!]!))].map((at) => [
          at,
          ...names.map((each) => long.find((row) => row[index!] === at && row[columns!] === each)![values!]!),
        ]);
        return { text: written([[index!, ...names], ...rows], draw.how) };
      },
    };
  },
  'a log with words': (draw) => {
    const lines = logOf(draw.curves, draw.how, { ...draw.log, sign: draw.log.sign === ' ' ? '=' : draw.log.sign });
    const words = WORDS[draw.row % WORDS.length]!;
    return {
      curves: draw.curves,
      text: join(lines.map((line) => `${words} ${line}`)),
      hint: /remove from every line what is no name=value/,
      mended: () => ({ text: join(lines) }),
    };
  },
  'a log that is cut off': (draw) => {
    const lines = logOf(draw.curves, draw.how, draw.log);
    const text = `${join(lines)}${lines[0]!.slice(0, 3)}`;
    return { curves: draw.curves, text, hint: /remove the last line if it is cut off/, mended: without(text) };
  },
  'a log with two values of a name': (draw) => {
    const lines = logOf(draw.curves, draw.how, draw.log);
    const twice = (name: string): string => join(lines.map((line) => `${line}${draw.log.between}${name}=1`));
    return {
      curves: draw.curves,
      text: twice('loss'),
      hint: /a name of its own/,
      mended: () => ({ text: twice('best') }),
    };
  },
  'a log with tensors': (draw) => {
    const text = (cell: (value: string) => string): string =>
      join(draw.curves['loss']!.map((loss, e) => `epoch=${e} loss=${cell(spelled(loss, draw.how))}`));
    return {
      curves: onlyLoss(draw),
      text: text((loss) => `tensor(${loss}, device='cuda:0', grad_fn=<MeanBackward0>)`),
      hint: /\.item\(\)/,
      mended: () => ({ text: text((loss) => loss) }),
    };
  },
  // JSON.
  'a comma too many': (draw) =>
    json(
      draw,
      /remove the comma/,
      (text) => text.replace(/[\]}]/, (end) => `,\n ${end}`),
      (text, said) => {
        const [, line, column] = /line (\d+), column (\d+)/.exec(said.received)!;
        const lines = text.split('\n');
        const before = [
          ...lines.slice(0, Number(line) - 1),
          lines[Number(line) - 1]!.slice(0, Number(column) - 1),
        ].join('\n');
        return before.replace(/,\s*$/, '') + text.slice(before.length);
      },
    ),
  'JSON that is cut off': (draw) =>
    json(
      draw,
      /again, whole/,
      (text) => text.slice(0, Math.floor((text.length * (draw.row + 1)) / 8)),
      () => whole(draw),
    ),
  'NaN in JSON': (draw) =>
    json(
      {
        ...draw,
        curves: { ...draw.curves, loss: draw.curves['loss']!.map((value, e) => (e === draw.row ? Number.NaN : value)) },
      },
      /the strings "NaN"/,
      (text) => text.replaceAll('"NaN"', 'NaN'),
      (text) => text.replaceAll('NaN', '"NaN"'),
    ),
  'JSON as Python prints it': (draw) =>
    json(
      draw,
      /json\.dump/,
      (text) => text.replaceAll('"', "'"),
      (text) => text.replaceAll("'", '"'),
    ),
  'JSON with a comment': (draw) =>
    json(
      draw,
      /remove the comment/,
      (text) => text.replace('[', '[ // of yesterday\n'),
      (text) => text.replace('// of yesterday', ''),
    ),
  'a last line that is cut off': (draw) => {
    const lines = Object.values(draw.curves)[0]!.map((_, e) =>
      JSON.stringify(Object.fromEntries(Object.entries(draw.curves).map(([name, list]) => [name, list[e]]))),
    );
    return {
      curves: Object.fromEntries(Object.entries(draw.curves).map(([name, list]) => [name, list.slice(0, -1)])),
      text: lines.join('\n').slice(0, -3),
      hint: /whole/,
      mended: (said) => ({ text: lines.filter((_, k) => k + 1 !== lineIn(said)).join('\n') }),
    };
  },
};

/** Objects in a list, one per epoch. */
const whole = ({ curves }: Draw): string =>
  JSON.stringify(
    curves['loss']!.map((_, e) =>
      Object.fromEntries(Object.entries(curves).map(([name, list]) => [name, Number.isNaN(list[e]) ? 'NaN' : list[e]])),
    ),
  );

function json(
  draw: Draw,
  hint: RegExp,
  broken: (text: string) => string,
  mended: (text: string, said: Said) => string,
): Omit<Broken, 'name'> {
  const text = broken(whole(draw));
  return { curves: draw.curves, text, hint, mended: (said) => ({ text: mended(text, said) }) };
}

/** Broken tables of every kind. */
export const brokenTable: fc.Arbitrary<Broken> = fc
  .record({
    kind: fc.constantFrom(...Object.keys(KINDS)),
    curves: numbers(true),
    how: plain,
    row: fc.nat(5),
    log: logStyle,
    word: fc.constantFrom('one', 'loss: 3', '12%', '$5', 'true', '0x10', '1.2.3', '--5', 'e5', '1e', '++1'),
  })
  .map(({ kind, curves, how, row, word, log }) => ({
    name: kind,
    ...KINDS[kind]!({ curves, how, row: row % curves['loss']!.length, word, log }),
  }));

export const BROKEN_KINDS = Object.keys(KINDS);
