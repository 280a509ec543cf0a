"""Writes packages/core/src/kernels/host/unicodeScripts.ts: the script of every code point, by TensorFlow's own UnicodeScript.

    python unicode_scripts.py
"""

import os

import numpy as np

from one_node import run

TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packages", "core", "src", "kernels", "host", "unicodeScripts.ts")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
HEAD = '''/**
 * The script of every code point, as TensorFlow's ICU numbers them. Made by tooling/golden/unicode_scripts.py: runs of one script, each as
 * its length and its number in base 36.
 */
'''
TAIL = '''
/** Where each run starts, and its script. */
function starts(): (readonly [number, number])[] {
  let at = 0;
  return text.split(' ').map((part) => {
    const [length = 0, script = 0] = part.split('.').map((digits) => parseInt(digits, 36));
    at += length;
    return [at - length, script] as const;
  });
}

const runs: readonly (readonly [number, number])[] = starts();

/** ICU's number of a code point's script; -1 for what is no code point. */
export function scriptOf(code: number): number {
  if (code < 0 || code > 0x10ffff) return -1;
  let [low, high] = [0, runs.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (runs[middle]![0] <= code) low = middle;
    else high = middle;
  }
  return runs[low]![1];
}
'''


def base36(number):
    text = ""
    while True:
        text = DIGITS[number % 36] + text
        number //= 36
        if number == 0:
            return text


def main():
    outputs, _ = run("UnicodeScript", [np.arange(0x110000, dtype=np.int32)], {})
    scripts = outputs[0]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(scripts)) + 1, [len(scripts)]])
    parts = [f"{base36(end - start)}.{base36(int(scripts[start]))}" for start, end in zip(starts.tolist(), starts[1:].tolist())]
    lines, line = [], ""
    for part in parts:
        if len(line) + len(part) > 140:
            lines.append(line)
            line = ""
        line += part + " "
    lines.append(line.rstrip())
    with open(TARGET, "w") as file:
        file.write(HEAD + "const text =\n" + " +\n".join(f"  '{line}'" for line in lines) + ";\n" + TAIL)


main()
