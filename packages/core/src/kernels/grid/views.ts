/**
 * Ops that change a shape and no byte, ops that tell a shape, and Select. Lower makes views of the first and constants of the second wherever
 * shapes are known when the plan is made; these kernels say that the device may run them, and run them where that did not happen.
 */
import { refuseDtype, type GridTarget } from '../../codegen/grid/types.js';
import type { Value } from '../../codegen/grid/value.js';
import type { PassBuilder } from '../../codegen/grid/builder.js';
import { sizeOf } from '../../shape.js';
import type { HostArgs, OpCall, Support, SupportQuery } from '../kernel.js';
import { ceilDivide, type GridLaunch } from './launch.js';
import type { GridKernel } from './table.js';
import { refuseHeld, unitOf } from './units.js';

const threads = 64;

/** The same elements in the same order. */
function copyLaunch(call: OpCall, target: GridTarget): GridLaunch {
  const { dtype, shape } = call.inputs[0]!;
  const unit = unitOf(dtype, target);
  const words = sizeOf(shape) * unit.words;
  const lanes = target.vectors && words % 4 === 0 ? 4 : 1;
  return {
    name: 'view', key: `${unit.stored}:${lanes}`, inputs: [0], params: { groups: words / lanes }, workgroups: [ceilDivide(words / lanes, threads)], flops: 0,
    build(program) {
      const from = program.input('from', { stored: unit.stored }, { lanes });
      const to = program.output('to', { stored: unit.stored }, { lanes });
      program.pass('main', [threads, 1, 1], (pass) => {
        const group = pass.let('group', pass.globalIndex());
        pass.if(group.lt(pass.param('groups')), () => pass.storeGroup(to, group, pass.loadGroup(from, group)));
      });
    },
  };
}

/** The numbers of each output: the call's own shapes. */
function factsOf(call: OpCall): number[][] {
  switch (call.op) {
    case 'Size': return [[sizeOf(call.inputs[0]!.shape)]];
    case 'Rank': return [[call.inputs[0]!.shape.length]];
    default: return call.inputs.map(({ shape }) => [...shape]);
  }
}

/** One thread writes the few numbers, which are params. */
function shapeLaunch(call: OpCall): GridLaunch {
  const facts = factsOf(call);
  const { dtype } = call.outputs[0]!;
  return {
    name: 'shape', key: `${dtype}:${facts.map((list) => list.length).join()}`, inputs: [],
    params: Object.fromEntries(facts.flatMap((list, o) => list.map((value, i) => [`fact${o}_${i}`, value]))), workgroups: [1], flops: 0,
    build(program) {
      const outputs = facts.map(() => program.output('out', dtype));
      program.pass('main', [1, 1, 1], (pass) => facts.forEach((list, o) => list.forEach((_, i) => {
        pass.store(outputs[o]!, i, pass.param(`fact${o}_${i}`).cast(outputs[o]!.type));
      })));
    },
  };
}

/** Select's condition is of the values' shape, one bool, or one for each of the first dimension. */
function selectLaunch(call: OpCall, target: GridTarget): GridLaunch {
  const condition = call.inputs[0]!.shape;
  const { dtype, shape } = call.inputs[1]!;
  const unit = unitOf(dtype, target);
  const size = sizeOf(shape) * unit.words;
  const step = sizeOf(condition) === 0 ? 1 : size / sizeOf(condition);
  return {
    name: 'select', key: unit.stored, inputs: [0, 1, 2], params: { size, step }, workgroups: [ceilDivide(size, threads)], flops: 0,
    build(program) {
      const chooser = program.input('condition', 'bool');
      const [x, y] = [program.input('x', { stored: unit.stored }), program.input('y', { stored: unit.stored })];
      const out = program.output('out', { stored: unit.stored });
      program.pass('main', [threads, 1, 1], (pass: PassBuilder) => {
        const at: Value = pass.let('at', pass.globalIndex());
        pass.if(at.lt(pass.param('size')), () => {
          pass.store(out, at, pass.load(chooser, at.div(pass.param('step'))).select(pass.load(x, at), pass.load(y, at)));
        });
      });
    },
  };
}

const supportsHeld = ({ inputDtypes }: SupportQuery, target: GridTarget): Support => refuseHeld(inputDtypes[0], target) ?? true;
const supportsFacts = ({ inputDtypes, outputDtypes }: SupportQuery, target: GridTarget): Support =>
  inputDtypes.map((dtype) => refuseHeld(dtype, target)).find((reason) => reason !== undefined) ?? refuseDtype(outputDtypes[0]!, target) ?? true;

const view = (op: string, hostArgs?: HostArgs): GridKernel => ({ op, supports: supportsHeld, ...(hostArgs === undefined ? {} : { hostArgs: () => hostArgs }), launch: copyLaunch });
const facts = (op: string): GridKernel => ({ op, supports: supportsFacts, launch: shapeLaunch });

export const viewKernels: readonly GridKernel[] = [
  view('Reshape', [undefined, 'compile']), view('ExpandDims', [undefined, 'compile']), view('Squeeze'), view('EnsureShape'),
  facts('Shape'), facts('ShapeN'), facts('Size'), facts('Rank'),
  { op: 'Select', supports: ({ inputDtypes }, target) => refuseHeld(inputDtypes[1], target) ?? refuseDtype('bool', target) ?? true, launch: selectLaunch },
];
