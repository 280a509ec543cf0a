/** Units as text: what runs on which device, and which nodes it stands for. */
import { shortDevice } from '../graph/printGraph.js';
import type { LoweredGraph, Unit } from './lower.js';
import type { Value } from './value.js';

export function printUnits({ units }: LoweredGraph): string {
  return units.map(printUnit).join('\n');
}

function printUnit(unit: Unit): string {
  const what = unit.kind === 'launch' ? `${unit.label} [${unit.program.key}]` : `${unit.kind} ${unit.node.op}`;
  return `  ${unit.outputs.map(valueText).join(', ')} = ${what}(${unit.inputs.map(valueText).join(', ')}) @ ${shortDevice(unit.device)} for ${unit.nodes.join(', ')}`;
}

function valueText(value: Value): string {
  return `${value.name}${value.constant === undefined ? '' : '='}${value.dtype}[${value.shape.map((dim) => (dim < 0 ? '?' : dim)).join(',')}]`;
}
