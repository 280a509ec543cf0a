import { describe, expect, it } from 'vitest';
import { constant, placeholder } from '../api/values.js';
import { CancelledError, errorCodeFromExceptionType, exceptionTypeFromErrorCode, InternalError, InvalidArgumentError, KeyError, OpError, UnknownError } from '../errors.js';
import { Graph } from '../graph/graph.js';
import * as ops from '../ops/families.js';
import { reference } from '../reference/reference.js';
import { interpolate, interpolateError } from './interpolate.js';
import { Session } from './session.js';

async function failure(run: Promise<unknown>): Promise<OpError> {
  const error: unknown = await run.then(() => undefined, (reason: unknown) => reason);
  if (!(error instanceof OpError)) throw new Error(`expected an OpError, got ${String(error)}`);
  return error;
}

/** What texts say of an operation: `node NAME (defined at FILE:LINE) `. */
function told(graph: Graph, name: string): string {
  const { file, line } = graph.getOperationByName(name).definedAt ?? { file: '', line: 0 };
  return `node ${name} (defined at ${file.slice(file.lastIndexOf('/') + 1)}:${line}) `;
}

describe('errors of a run', () => {
  it('have the operation, its NodeDef, and where the program made it', async () => {
    const graph = new Graph();
    const y = graph.asDefault(() => ops.neg(placeholder('float32', [2], { name: 'x' }), { name: 'y' }));
    await using session = new Session({ graph, backends: [reference()] });
    const error = await failure(session.run(y));
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error.message).toBe(`You must feed a value for placeholder tensor 'x' with dtype float and shape [2]\n\t [[${told(graph, 'x')}]]`);
    expect(error.message).toContain('interpolate.test.ts:');
    expect(error.op).toBe(graph.getOperationByName('x'));
    expect(error.nodeDef).toMatchObject({ name: 'x', op: 'Placeholder' });
    expect([error.node, error.opType, error.code, error.errorCode, error.codeName]).toEqual(['x', 'Placeholder', 3, 3, 'INVALID_ARGUMENT']);
    expect(String(error)).toMatch(/^InvalidArgumentError: You must feed[^]*\n\nOriginal stack trace for 'x':\nat .*interpolate\.test\.ts/);
  });

  it('name the inputs that were made elsewhere', async () => {
    const graph = new Graph();
    const { ok, y } = graph.asDefault(() => {
      const ok = placeholder('bool', [], { name: 'ok' });
      const wrong = ops.assert(ok, [constant('reason')], { name: 'check' });
      return { ok, y: graph.controlDependencies([wrong], () => ops.identity(constant(1))) };
    });
    await using session = new Session({ graph, backends: [reference()] });
    const error = await failure(session.run(y, new Map([[ok, false]])));
    expect(error.op?.name).toBe('check');
    expect(error.message).toContain(`[[${told(graph, 'check')}]]`);
    const where = told(graph, 'ok').replace('node ok', '').trimEnd();
    expect(error.message).toContain(`\n\nErrors may have originated from an input operation.\nInput Source operations connected to node check:\n ok${where}`);
  });

  it('keep their tags from a callable without feeds', async () => {
    const graph = new Graph();
    const y = graph.asDefault(() => ops.neg(placeholder('float32', [2], { name: 'x' })));
    await using session = new Session({ graph, backends: [reference()] });
    const error = await failure(session.makeCallable(y)());
    expect(error.message).toContain('[[{{node x}}]]');
    expect([error.op, error.nodeDef]).toEqual([undefined, undefined]);
  });
});

describe('interpolate', () => {
  it('tells nodes that the graph has, and leaves other tags', () => {
    const graph = new Graph();
    graph.asDefault(() => constant(1, { name: 'scope/a' }));
    expect(interpolate('at {{node scope/a}}, {{node gone}}, {{other scope/a}}{{function_node f}}', graph))
      .toBe(`at ${told(graph, 'scope/a')}, {{node gone}}, {{other scope/a}}`);
    expect(interpolate('nothing {{node gone}}', graph)).toBe('nothing {{node gone}}');
  });

  it('tells the scopes around a colocated node', () => {
    const graph = new Graph();
    graph.asDefault(() => {
      const a = constant(1, { name: 'a' });
      graph.device('/cpu:0', () => constant(1, { name: 'b' }));
      graph.colocateWith(a.op, () => constant(1, { name: 'c' }));
    });
    const text = (name: string): string => interpolate(`{{colocation_node ${name}}}`, graph);
    expect(text('a')).toContain("placed on device No device assignments were active during op 'a' creation. Additional information about colocations:");
    expect(text('b')).toMatch(/placed on device Device assignments active during op 'b' creation:\n {2}with tf\.device\(.*CPU:0\): <interpolate\.test\.ts:\d+> /);
    expect(text('c')).toMatch(/Node-device colocations active during op 'c' creation:\n {2}with tf\.colocate_with\(a\): <interpolate\.test\.ts:\d+>/);
  });

  it('finds the node as TensorFlow does, by the first brackets', () => {
    const graph = new Graph();
    const op = graph.asDefault(() => constant(1, { name: 'in' })).op;
    const opOf = (text: string): unknown => interpolateError(new InternalError(text), graph).op;
    expect(opOf('x [[{{node in}}]] y [[{{node other}}]]')).toBe(op);
    expect(opOf('x [[{{node in}} = Const[]()]]')).toBe(op);
    expect(opOf('x [[Node: in = Const[]()]]')).toBe(op);
    expect(opOf('x [[in]]')).toBeUndefined();
    expect(opOf('nothing')).toBeUndefined();
  });

  it('hints at the layout optimizer', () => {
    const error = interpolateError(new InvalidArgumentError('The Conv2D op currently only supports NHWC tensor format on the CPU.'), new Graph());
    expect(error.message).toContain('disable_meta_optimizer = True');
  });
});

describe('error classes', () => {
  it('map to codes and back', () => {
    expect(exceptionTypeFromErrorCode(1)).toBe(CancelledError);
    expect(exceptionTypeFromErrorCode(99)).toBe(UnknownError);
    expect(errorCodeFromExceptionType(InternalError)).toBe(13);
    expect(() => errorCodeFromExceptionType(class Other extends OpError {
      constructor(message: string) { super('INTERNAL', message); }
    })).toThrow(KeyError);
  });
});
