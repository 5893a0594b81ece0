/**
 * Text from bytes: UTF-8, UTF-16 in either order, or what Windows wrote before.
 */

/** The encoding that a text's first bytes tell. */
function encodingOf(bytes: Buffer): 'utf-8' | 'utf-16le' | 'utf-16be' {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Without a mark: most characters of JSON and of tables have one byte, beside it a zero.
  const start = bytes.subarray(0, Math.min(256, bytes.length & ~1));
  const zeros = (parity: number): number => start.filter((byte, k) => byte === 0 && k % 2 === parity).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (even + odd === 0 || even + odd < start.length / 3 || Math.min(even, odd) > 0) return 'utf-8';
  return odd > 0 ? 'utf-16le' : 'utf-16be';
}

/** The text of a file, without its mark of byte order; `undefined` if it is none. */
export function textOf(bytes: Buffer): string | undefined {
  const encoding = encodingOf(bytes);
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    // A crash leaves zeros at the end, DOS its mark of it.
    let end = text.length;
    while (text[end - 1] === '\0' || text[end - 1] === '\x1a') end--;
    return text.slice(0, end).includes('\0') ? undefined : text.slice(0, end);
  } catch {
    // Numbers are the same in every encoding that is left; at worst a name is garbled.
    return encoding === 'utf-8' && !bytes.includes(0) ? new TextDecoder('windows-1252').decode(bytes) : undefined;
  }
}
