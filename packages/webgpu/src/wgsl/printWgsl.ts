/** Grid programs as WGSL: one module per pass. */
import { factsOf, printBody, type BufferUse, type GridParam, type GridPass, type GridProgram } from '@sessionflow/core/codegen';
import type { WgslPass, WgslSource } from '../source.js';
import { elementName, typeName, vectorName, wgslDialect } from './dialect.js';
import { functionsFor } from './functions/index.js';

export function printWgsl(program: GridProgram): WgslSource {
  return { slots: program.buffers.length, passes: program.passes.map((pass) => printPass(program, pass)) };
}

function printPass(program: GridProgram, pass: GridPass): WgslPass {
  const { buffers, params, hasFault } = factsOf(pass);
  const [x, y, z] = pass.workgroup;
  const takesWords = params.length > 0;
  const body = [
    '  let workgroup = vec3i(workgroup_id);',
    '  let thread = vec3i(thread_id);',
    '  let workgroups = vec3i(workgroup_count);',
    ...params.map((param) => `  let ${param.name} = ${word(param)};`),
    ...pass.arrays.filter(({ space }) => space === 'private').map((array) => `  var ${array.name}: array<${vectorName(typeName(array.type), array.lanes)}, ${array.length}>;`),
    printBody(pass, wgslDialect(buffers.some(({ isWritten, isAtomic }) => isWritten || isAtomic))),
  ];
  const main = [
    `@compute @workgroup_size(${x}, ${y}, ${z})`,
    'fn main(@builtin(workgroup_id) workgroup_id: vec3u, @builtin(local_invocation_id) thread_id: vec3u, @builtin(num_workgroups) workgroup_count: vec3u) {',
    ...body,
    '}',
  ].join('\n');
  const code = [
    ...(buffers.some(({ buffer }) => buffer.stored === 'float16') ? ['enable f16;'] : []),
    ...buffers.map((use, binding) => `@group(0) @binding(${binding}) var<storage, ${accessOf(use) === 'read' ? 'read' : 'read_write'}> ${use.buffer.name}: array<${elementOf(use)}>;`),
    ...(takesWords ? [`@group(0) @binding(${buffers.length}) var<uniform> words: array<vec4i, ${Math.max(1, Math.ceil(program.params.length / 4))}>;`] : []),
    ...(hasFault ? [faultCode(buffers.length + (takesWords ? 1 : 0))] : []),
    ...pass.arrays.filter(({ space }) => space === 'shared').map((array) => `var<workgroup> ${array.name}: array<${vectorName(typeName(array.type), array.lanes)}, ${array.length}>;`),
    functionsFor(main),
    main,
  ].filter((part) => part !== '').join('\n');
  return {
    name: pass.name, code: `${code}\n`, takesWords, reportsFaults: hasFault,
    buffers: buffers.map((use) => ({ slot: use.buffer.binding, access: accessOf(use) })),
  };
}

const accessOf = ({ isWritten, isAtomic }: BufferUse): 'read' | 'write' => (isWritten || isAtomic ? 'write' : 'read');

function elementOf({ buffer, isAtomic }: BufferUse): string {
  const name = vectorName(elementName(buffer), buffer.lanes);
  return isAtomic ? `atomic<${name}>` : name;
}

function word({ word: at, type }: GridParam): string {
  const bits = `words[${at >> 2}].${'xyzw'[at & 3]!}`;
  return type === 'int32' ? bits : `bitcast<${typeName(type)}>(${bits})`;
}

/** The first fault of a launch stays. */
const faultCode = (binding: number): string => `@group(0) @binding(${binding}) var<storage, read_write> fault: array<atomic<i32>, 2>;
fn report_fault(code: i32, detail: i32) {
  loop {
    let before = atomicCompareExchangeWeak(&fault[0], 0i, code);
    if (before.exchanged) { atomicStore(&fault[1], detail); }
    if (before.exchanged || before.old_value != 0i) { break; }
  }
}`;
