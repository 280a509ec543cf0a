/**
 * Makes a failing graph small: fewer fetches, steps replaced by feeds of the values they had, fewer device requests and control edges, for as
 * long as the graph keeps failing in the same way.
 */
import type { HostTensor } from '@sessionflow/core';
import type { FeedSpec, GraphSpec, StepSpec } from './graphSpec.js';

type Values = ReadonlyMap<number, readonly (readonly HostTensor[])[]>;

export async function shrink(spec: GraphSpec, values: Values, fails: (spec: GraphSpec) => Promise<boolean>): Promise<GraphSpec> {
  let best = pruned(spec);
  if (!(await fails(best))) return spec;
  for (let smaller = true; smaller;) {
    smaller = false;
    for (const candidate of candidates(best, values)) {
      const next = pruned(candidate);
      if (next.steps.length === 0 || weight(next) >= weight(best) || !(await fails(next))) continue;
      best = next;
      smaller = true;
      break;
    }
  }
  return best;
}

function weight({ steps, feeds, fetches }: GraphSpec): number {
  return 100 * steps.length + 10 * fetches.length + feeds.length + steps.reduce((sum, step) => sum + step.controls.length + (step.device === '' ? 0 : 1) + (step.with === undefined ? 0 : 1), 0);
}

function* candidates(spec: GraphSpec, values: Values): Generator<GraphSpec> {
  if (spec.fetches.length > 1) {
    for (const fetch of spec.fetches) yield { ...spec, fetches: [fetch] };
    for (const fetch of spec.fetches) yield { ...spec, fetches: spec.fetches.filter((other) => other !== fetch) };
  }
  for (const step of spec.steps) {
    const fed = feedFor(step, values);
    if (fed !== undefined) yield { ...spec, feeds: [...spec.feeds, fed], steps: spec.steps.filter((other) => other !== step), fetches: spec.fetches.filter((ref) => ref.step !== step.id) };
  }
  for (const step of spec.steps) {
    if (step.controls.length > 0) yield { ...spec, steps: spec.steps.map((other) => (other === step ? { ...other, controls: [] } : other)) };
    if (step.with !== undefined) yield { ...spec, steps: spec.steps.map((other) => (other === step ? { ...other, with: undefined } : other)) };
    if (step.device !== '') yield { ...spec, steps: spec.steps.map((other) => (other === step ? { ...other, device: '' } : other)) };
  }
}

/** A feed in the place of a step of one output, if its shape is the same in all runs. */
function feedFor(step: StepSpec, values: Values): FeedSpec | undefined {
  const runs = values.get(step.id)?.map(([first]) => first) ?? [];
  const known = runs.flatMap((value) => value ?? []);
  const [first] = known;
  if (step.tolerance.length !== 1 || first === undefined || known.length < runs.length || known.some((value) => value.shape.join() !== first.shape.join())) return undefined;
  return { id: step.id, dtype: first.dtype, declared: first.shape, values: known };
}

/** Without what no fetch needs. */
function pruned(spec: GraphSpec): GraphSpec {
  const needed = new Set(spec.fetches.map(({ step }) => step));
  for (const step of [...spec.steps].reverse()) {
    if (!needed.has(step.id)) continue;
    for (const { step: input } of step.inputs) needed.add(input);
    for (const control of step.controls) needed.add(control);
    if (step.with !== undefined) needed.add(step.with);
  }
  return { ...spec, steps: spec.steps.filter(({ id }) => needed.has(id)), feeds: spec.feeds.filter(({ id }) => needed.has(id)) };
}
