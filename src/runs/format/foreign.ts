/**
 * Files of other programs, by how they begin: none is read, each is named, with a way to a file that is.
 */
import { LoopproofError } from '../../error.js';

const NPZ = 'numpy.savez("run.npz", **{"curves/loss": loss})';

const OCTAVE = 'write a row of names and the numbers, with fprintf and dlmwrite(…, "-append")';
const R = 'write the data frame: write.csv(log, "log.csv", row.names = FALSE)';
const TENSORS = `read it by safetensors.numpy, then ${NPZ}`;
const COMPRESSED = 'decompress the file, or compress it by gzip';
const TEXT = 'save the run as JSON, NPZ or CSV';

/** How a file begins, in Latin-1; what it is; what to do. */
const KINDS: readonly (readonly [beginning: string, what: string, hint: string])[] = [
  ['\x89HDF', 'an HDF5 file', `copy its arrays: with h5py, loss = file["loss"][()], then ${NPZ}`],
  ['MATLAB 5.0 MAT', 'a MAT file', 'save the curves as text, with writetable'],
  ['# Created by Octave', 'variables as Octave saves them', OCTAVE],
  ['Octave-1-', 'variables as Octave saves them', OCTAVE],
  ['PAR1\x15', 'a Parquet file', 'convert it: pandas.read_parquet(…).to_csv("log.csv", index=False)'],
  ['ARROW1\0\0', 'a Feather file', 'convert it: pandas.read_feather(…).to_csv("log.csv", index=False)'],
  ['SQLite format 3\0', 'an SQLite database', 'save the table of epochs as CSV'],
  ['\xd0\xcf\x11\xe0', 'an Excel workbook', 'save the sheet as CSV'],
  ['RDX2\n', 'an R workspace', R],
  ['RDX3\n', 'an R workspace', R],
  ['RDA2\n', 'an R workspace', R],
  ['RDA3\n', 'an R workspace', R],
  ['X\n\0\0\0', 'an RDS file of R', R],
  ['structure(', 'an object as R prints it', R],
  ['BZh91AY', 'data compressed by bzip2', COMPRESSED],
  ['\xfd7zXZ', 'data compressed by xz', COMPRESSED],
  ['\x28\xb5\x2f\xfd', 'data compressed by zstd', COMPRESSED],
  ['7z\xbc\xaf', 'a 7z archive', 'unpack it'],
  ['\x1f\x8b', 'data that gzip compressed twice', 'decompress the file once'],
  ['\xff\xfe\0\0', 'text in UTF-32', 'save it in UTF-8'],
  ['\0\0\xfe\xff', 'text in UTF-32', 'save it in UTF-8'],
  ['version https://git-lfs', 'a pointer of Git LFS', 'fetch the file: git lfs pull'],
  ['<!doctype', 'a web page', 'download the file itself'],
  ['<html', 'a web page', 'download the file itself'],
  ['<table', 'a table of a web page', TEXT],
  ['table\r\n0,1', 'a spreadsheet in DIF', 'save the sheet as CSV'],
  ['table\n0,1', 'a spreadsheet in DIF', 'save the sheet as CSV'],
  ['ID;PWXL', 'a spreadsheet in SYLK', 'save the sheet as CSV'],
  ['<?xml', 'an XML file', TEXT],
  ['%pdf-', 'a PDF file', TEXT],
];

/** @throws LoopproofError if bytes begin as a file of another program does */
export function expectNotForeign(first: Buffer, where: string, expected: string): void {
  const beginning = first.toString('latin1');
  const kind = KINDS.find(([magic]) => beginning.startsWith(magic) || beginning.toLowerCase().startsWith(magic));
  // Safetensors: a length of eight bytes, then JSON.
  const tensors = beginning.indexOf('\0\0\0\0\0{') === 3;
  const [, received, hint] = kind ?? (tensors ? ['', 'a file of safetensors', TENSORS] : []);
  if (received !== undefined) throw new LoopproofError('malformed', { where, received, expected, hint: hint! });
}
