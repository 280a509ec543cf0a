/** Which step reads a slot last: what a value took can go to others from there on. */
import type { Stage } from '../stage.js';
import type { ArgPlace, Plan, SpentSlot, Step, ValueRef } from './plan.js';

type Read = ValueRef | SpentSlot;

/**
 * By step: the slots that nothing later reads. Slots of results and captures are never spent: the run hands them on. Slots that no step
 * touches (an argument that nobody reads) are spent with the first step.
 */
export function* spentSlots(steps: readonly Step[], args: readonly ArgPlace[], leaving: readonly ValueRef[]): Stage<Plan['spent']> {
  const last = new Map<string, { slot: SpentSlot; step: number }>();
  const touch = (ref: Read, step: number): void => {
    if (ref.kind === 'constant') return;
    const slot: SpentSlot = ref.kind === 'device' ? { kind: 'device', device: ref.device, slot: ref.slot } : { kind: 'host', slot: ref.slot };
    last.set(keyOf(slot), { slot, step });
  };
  for (const place of args) touch(place, 0);
  for (const [index, step] of steps.entries()) {
    for (const ref of touched(step)) {
      yield;
      touch(ref, index);
    }
  }
  for (const ref of leaving) touch(ref, Infinity);
  const spent = steps.map((): SpentSlot[] => []);
  for (const { slot, step } of last.values()) spent[step]?.push(slot);
  return spent;
}

function keyOf(slot: SpentSlot): string {
  return slot.kind === 'host' ? `h${slot.slot}` : `${slot.device} s${slot.slot}`;
}

/** Slots that a step reads or writes. */
function touched(step: Step): readonly Read[] {
  const host = (slot: number): SpentSlot => ({ kind: 'host', slot });
  switch (step.kind) {
    case 'upload':
      return [step.from, { kind: 'device', device: step.device, slot: step.slot }];
    case 'download':
      return [{ kind: 'device', device: step.device, slot: step.slot }, host(step.to)];
    case 'move':
      return [{ kind: 'device', ...step.from }, { kind: 'device', device: step.device, slot: step.slot }];
    case 'bring':
      return [host(step.from), { kind: 'device', device: step.device, slot: step.slot }];
    case 'fetch':
      return [host(step.from), host(step.to)];
    case 'run':
      return [...step.updates.map(({ handle }) => handle), ...step.launches.flatMap((launch): Read[] => [
        ...launch.slots.map((slot): Read => ({ kind: 'device', device: step.device, slot })), ...(launch.launchValues ?? []).filter((ref) => ref !== undefined),
      ])];
    case 'host':
    case 'control':
      return [...step.inputs, ...step.outputs.map(host)];
    case 'wait':
      return [];
    default:
      return step satisfies never;
  }
}
