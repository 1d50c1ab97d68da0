/** Sends signals to a process and its children. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends `signal` to `pid` and then to its children, in this order so that no new child is missed.
 * Ended processes are skipped.
 */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  const before = childrenOf(pid);
  send(pid, signal);
  for (const child of new Set([...before, ...childrenOf(pid)])) send(child, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The ids of the direct children of `pid`. */
export function childrenOf(pid: number): number[] {
  const pairs = process.platform === 'linux' ? fromProc() : fromPs();
  return pairs.filter(([, parent]) => parent === pid).map(([child]) => child);
}

function fromProc(): [number, number][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The command's name, in parentheses, may hold anything; state and parent follow it.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [
          [Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as [
            number,
            number,
          ],
        ];
      } catch {
        return [];
      }
    });
}

function fromPs(): [number, number][] {
  return execFileSync('/bin/ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
}
