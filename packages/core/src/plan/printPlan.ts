/** A plan as text: its memory, then its steps in order. What is printed is what runs. */
import { shortDevice } from '../graph/printGraph.js';
import type { HostRef, Plan, PlannedLaunch, Step } from './plan.js';

export function printPlan(plan: Plan): string {
  const lines: string[] = [];
  for (const { device, arenas, slots } of plan.devices) {
    const constants = slots.filter((slot) => slot.place.kind === 'constant');
    const bytes = constants.reduce((sum, slot) => sum + slot.bytes, 0);
    lines.push(`  ${shortDevice(device)}: arenas of ${arenas.join(' + ') || '0'} bytes, ${slots.length - constants.length} slots, ${constants.length} constants of ${bytes} bytes`);
  }
  lines.push(`  arguments: ${plan.args.map((arg) => `h${arg.slot} ${arg.name} ${arg.dtype}[${arg.shape.join(',')}]`).join('; ') || 'none'}`);
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
    case 'run':
      return [`${head}run ${step.launches.length} launches @ ${shortDevice(step.device)}`, ...step.launches.map((launch, i) => `    ${i}: ${launchText(launch)}`)];
    case 'host':
    case 'control':
      return [`${head}${step.kind} ${step.node.op} '${step.node.name}' (${step.inputs.map(refText).join(', ')}) → ${step.outputs.map((slot) => `h${slot}`).join(', ')}`];
    default:
      return step satisfies never;
  }
}

function launchText(launch: PlannedLaunch): string {
  return `${launch.label} [${launch.program.key}] slots ${launch.slots.map((slot) => `s${slot}`).join(' ')} for ${launch.nodes.join(', ')}`;
}

function refText(ref: HostRef): string {
  return ref.kind === 'constant' ? `${ref.value.dtype}[${ref.value.shape.join(',')}] constant` : `h${ref.slot}`;
}
