/** A plan as text: its memory, then its steps in order. What is printed is what runs. */
import { shortDevice } from '../graph/printGraph.js';
import type { Plan, PlannedLaunch, Step, ValueRef } from './plan.js';

export function printPlan(plan: Plan): string {
  const lines: string[] = [];
  for (const { device, arenas, slots } of plan.devices) {
    const of = (kind: 'arena' | 'constant' | 'external'): number => slots.filter((slot) => slot.place.kind === kind).length;
    const bytes = slots.reduce((sum, slot) => sum + (slot.place.kind === 'constant' ? slot.bytes : 0), 0);
    const external = slots.flatMap((slot, index) => (slot.place.kind === 'external' ? [`s${index}`] : []));
    lines.push(`  ${shortDevice(device)}: arenas of ${arenas.join(' + ') || '0'} bytes, ${of('arena')} slots, ${of('constant')} constants of ${bytes} bytes` +
      (external.length === 0 ? '' : `, external: ${external.join(' ')}`));
  }
  const placeText = (place: Plan['args'][number]['place']): string => (place.kind === 'host' ? `h${place.slot}` : `${shortDevice(place.device)} s${place.slot}`);
  lines.push(`  arguments: ${plan.args.map((arg) => `${placeText(arg.place)} ${arg.name} ${arg.dtype}[${arg.shape.join(',')}]`).join('; ') || 'none'}`);
  plan.steps.forEach((step, index) => lines.push(...printStep(step, index)));
  lines.push(`  results: ${plan.results.map((result) => (result.kind === 'now' ? refText(result.ref) : `later.${result.index}`)).join(', ') || 'none'}`);
  if (plan.later !== undefined) lines.push(`  then, with ${plan.later.captures.map(refText).join(', ')}: a plan of ${plan.later.graph.nodes.size} nodes`);
  return lines.join('\n');
}

function printStep(step: Step, index: number): string[] {
  const head = `  ${index}: `;
  switch (step.kind) {
    case 'upload':
      return [`${head}upload ${step.name} ${refText(step.from)} → ${shortDevice(step.device)} s${step.slot}`];
    case 'download':
      return [`${head}download ${step.name} ${shortDevice(step.device)} s${step.slot} → h${step.to}`];
    case 'move':
      return [`${head}move ${step.name} ${shortDevice(step.from.device)} s${step.from.slot} → ${shortDevice(step.device)} s${step.slot}`];
    case 'bring':
      return [`${head}bring ${step.name} h${step.from} → ${shortDevice(step.device)} s${step.slot} (no copy if it is there)`];
    case 'fetch':
      return [`${head}fetch ${step.name} h${step.from} → h${step.to} (no copy if it is on the host)`];
    case 'run':
      return [
        `${head}run ${step.launches.length} launches @ ${shortDevice(step.device)}`,
        ...step.launches.map((launch, i) => `    ${i}: ${launchText(launch)}`),
        ...step.loops.map(({ node, start, condition, test, body }) =>
          `    loop '${node}': while s${test} after ${rangeText(start, condition)}, then ${rangeText(start + condition, body)}`),
        ...step.updates.map(({ node, old, fresh, inPlace }) => `    ${node.op} '${node.name}': s${old} → s${fresh}${inPlace ? ' (in place when nobody else holds it)' : ''}`),
      ];
    case 'wait':
      return [`${head}wait for ${step.for.join(', ')}`];
    case 'host':
    case 'control':
      return [`${head}${step.kind} ${step.node.op} '${step.node.name}' (${step.inputs.map(refText).join(', ')}) → ${step.outputs.map((slot) => `h${slot}`).join(', ')}`];
    default:
      return step satisfies never;
  }
}

function rangeText(start: number, count: number): string {
  return count === 0 ? 'nothing' : count === 1 ? `${start}` : `${start}–${start + count - 1}`;
}

function launchText(launch: PlannedLaunch): string {
  return `${launch.label} [${launch.program.key}] slots ${launch.slots.map((slot) => `s${slot}`).join(' ')} for ${launch.nodes.join(', ')}`;
}

function refText(ref: ValueRef): string {
  switch (ref.kind) {
    case 'constant':
      return `${ref.value.dtype}[${ref.value.shape.join(',')}] constant`;
    case 'slot':
      return `h${ref.slot}`;
    case 'device':
      return `${shortDevice(ref.device)} s${ref.slot}`;
    default:
      return ref satisfies never;
  }
}
