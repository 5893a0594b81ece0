/**
 * A lock beside a file that one process at a time may write to: `FILE.lock`, which names its owner. The lock of a process that
 * died is taken over; that of a process that another machine runs cannot be told from a dead one's, and is left alone.
 */
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { LoopproofError } from '../error.js';

/** A process: its number alone would be another's after a restart. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When it began, in the kernel's ticks, where there is a /proc. */
  readonly began?: string;
}

/** When a process of this machine began. */
function beginningOf(pid: number): string | undefined {
  try {
    // The name of the program, in parentheses, may hold spaces: fields are counted from its end on, which is field 2.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[22 - 3];
  } catch {
    return undefined;
  }
}

function self(): Owner {
  const began = beginningOf(process.pid);
  return { pid: process.pid, host: hostname(), ...(began !== undefined && { began }) };
}

/** Whether an owner is known to be dead. */
function isDead({ pid, host, began }: Owner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process may not be signalled, but lives.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = beginningOf(pid);
  return began !== undefined && now !== undefined && began !== now;
}

function ownerOf(text: string): Owner | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Owner;
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, host, ...(began && { began }) } : undefined;
  } catch {
    return undefined;
  }
}

const textOf = (lock: string): string | undefined => {
  try {
    return readFileSync(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Writes a lock under another name, has it put in its place, and takes the other name away. */
function drafted(lock: string, text: string, place: (draft: string) => void): void {
  const draft = `${lock}.${process.pid}.draft`;
  try {
    writeFileSync(draft, text);
    place(draft);
  } finally {
    rmSync(draft, { force: true });
  }
}

const exists = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** Gives a draft the name of a lock that does not exist, and its text at the same moment: a lock that named nobody would stay. */
function link(draft: string, lock: string): void {
  try {
    linkSync(draft, lock);
  } catch (error) {
    if (exists(error)) throw error;
    // A file system without links: the name is there a moment before the text.
    copyFileSync(draft, lock, constants.COPYFILE_EXCL);
  }
}

/** Makes the lock, unless there is one. */
function created(lock: string, text: string): boolean {
  try {
    drafted(lock, text, (draft) => link(draft, lock));
    return true;
  } catch (error) {
    if (exists(error)) return false;
    throw error;
  }
}

/** Puts one's own lock in a dead process's place. Whoever does so holds a lock on the lock: two could not both succeed. */
function replaced(lock: string, found: string, text: string): boolean {
  const release = acquire(`${lock}.lock`);
  try {
    if (textOf(lock) !== found) return false;
    drafted(lock, text, (draft) => renameSync(draft, lock));
    return true;
  } finally {
    release();
  }
}

function acquire(lock: string): () => void {
  const text = JSON.stringify(self());
  for (;;) {
    if (created(lock, text)) break;
    const found = textOf(lock);
    // Its owner was quicker to let it go.
    if (found === undefined) continue;
    const owner = ownerOf(found);
    if (!owner || !isDead(owner))
      throw new LoopproofError('locked', {
        where: lock,
        received: owner ? `the lock of process ${owner.pid} on ${owner.host}` : 'a lock that names no process',
        expected: 'one process at a time that writes these results',
        hint: 'wait for it, or name another file with --out; if no such process is at work, remove the lock',
      });
    if (replaced(lock, found, text)) break;
  }
  return () => rmSync(lock, { force: true });
}

/**
 * Locks a file against other processes, and against other writers in this one.
 * @returns what lets it go
 * @throws LoopproofError if it is locked; whatever the file system throws if there is no place for a lock
 */
export function lockFile(file: string): () => void {
  return acquire(`${file}.lock`);
}
