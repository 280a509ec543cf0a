/**
 * Beam search over label sequences of connectionist temporal classification (Graves, Supervised sequence labelling, section 7.5): the likeliest
 * sequences, each summed over all its alignments, with the last class as the blank.
 */
import { checkLength, ctcInputs } from './ctcInputs.js';
import { host } from './define.js';
import { logSumExp } from './ctcLoss.js';
import { intTensor, invalid, numbersOf, tensorOfNumbers } from './tensors.js';

/** Logarithms of the probabilities of a sequence: over alignments that end in a blank, in its last label, and in either. */
interface Likelihood {
  blank: number;
  label: number;
  total: number;
}

const impossible = (): Likelihood => ({ blank: -Infinity, label: -Infinity, total: -Infinity });

/** A sequence: its parent's with one label more. It is active while it is in the beam. */
interface Sequence {
  readonly parent: Sequence | undefined;
  readonly label: number;
  readonly children: Map<number, Sequence>;
  before: Likelihood;
  now: Likelihood;
}

const sequenceOf = (parent: Sequence | undefined, label: number): Sequence => ({ parent, label, children: new Map(), before: impossible(), now: impossible() });

/** The best sequences, best first; the least of them falls out when there is no room for a better one. */
class Beam {
  sequences: Sequence[] = [];

  constructor(private readonly width: number) {}

  hasRoomFor(likelihood: number): boolean {
    return likelihood > -Infinity && (this.sequences.length < this.width || likelihood > this.sequences[this.width - 1]!.now.total);
  }

  add(sequence: Sequence): void {
    if (this.sequences.length === this.width) this.sequences.pop()!.now = impossible();
    const after = this.sequences.findIndex(({ now }) => now.total < sequence.now.total);
    this.sequences.splice(after < 0 ? this.sequences.length : after, 0, sequence);
  }
}

/** Goes on by one step: `scores` are the logarithms of the classes' probabilities. */
function step(beam: Beam, scores: readonly number[], width: number): Beam {
  const blank = scores.length - 1;
  const next = new Beam(width);
  for (const sequence of beam.sequences) sequence.before = { ...sequence.now };
  for (const sequence of beam.sequences) {
    const { parent, label, before, now } = sequence;
    if (parent !== undefined) {
      // Longer by this label now: after a blank alone where the label repeats the one before.
      if (parent.now.total > -Infinity) now.label = logSumExp(now.label, label === parent.label ? parent.before.blank : parent.before.total);
      now.label += scores[label]!;
    }
    now.blank = before.total + scores[blank]!;
    now.total = logSumExp(now.blank, now.label);
  }
  for (const sequence of [...beam.sequences]) next.add(sequence);
  for (const sequence of beam.sequences) {
    if (!next.hasRoomFor(sequence.before.total)) continue;
    for (let label = 0; label < blank; label++) {
      const child = sequence.children.get(label) ?? sequenceOf(sequence, label);
      sequence.children.set(label, child);
      if (child.now.total > -Infinity) continue;
      const likelihood = scores[label]! + (label === sequence.label ? sequence.before.blank : sequence.before.total);
      if (!next.hasRoomFor(likelihood)) continue;
      child.now = { blank: -Infinity, label: likelihood, total: likelihood };
      next.add(child);
    }
  }
  return next;
}

function labelsOf(sequence: Sequence, merges: boolean): number[] {
  const labels: number[] = [];
  for (let at = sequence; at.parent !== undefined; at = at.parent) if (!merges || at.label !== labels.at(-1)) labels.push(at.label);
  return labels.reverse();
}

export const CTCBeamSearchDecoder = host(([inputs, lengthsArg], { attrs }) => {
  const { steps, batch, classes, lengths } = ctcInputs(inputs!, lengthsArg!);
  lengths.forEach((length, b) => { checkLength(length, b, steps); });
  const [width, paths, merges] = [attrs.int('beam_width'), attrs.int('top_paths'), attrs.bool('merge_repeated')];
  if (paths > width) invalid('requested more paths than the beam width.');
  const x = numbersOf(inputs!);
  const likelihoods = new Float64Array(batch * paths);
  /** By path, then by batch. */
  const decoded = Array.from({ length: paths }, (): number[][] => []);
  lengths.forEach((length, b) => {
    let beam = new Beam(width);
    beam.add({ ...sequenceOf(undefined, -1), now: { blank: 0, label: -Infinity, total: 0 } });
    for (let t = 0; t < length; t++) {
      const row = Array.from(x.subarray((t * batch + b) * classes, (t * batch + b + 1) * classes));
      const norm = row.reduce(logSumExp, -Infinity);
      beam = step(beam, row.map((score) => score - norm), width);
    }
    if (beam.sequences.length < paths) invalid('Less leaves in the beam search than requested.');
    beam.sequences.slice(0, paths).forEach((sequence, path) => {
      decoded[path]!.push(labelsOf(sequence, merges));
      likelihoods[b * paths + path] = sequence.now.total;
    });
  });
  return [
    ...decoded.map((rows) => intTensor('int64', rows.flatMap((labels, b) => labels.flatMap((_, i) => [b, i])), [rows.flat().length, 2])),
    ...decoded.map((rows) => intTensor('int64', rows.flat())),
    ...decoded.map((rows) => intTensor('int64', [batch, rows.reduce((most, { length }) => Math.max(most, length), 0)])),
    tensorOfNumbers(inputs!.dtype, [batch, paths], likelihoods),
  ];
});
