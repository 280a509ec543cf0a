/** Smaller expressions with the same values: what is constant is worked out (by the host's own arithmetic), and what a bool constant decides is decided. */
import { constant, operands, rewrite, type Expr, type MapFunction } from '../codegen/expr.js';
import { OpError } from '../errors.js';
import { evaluate } from '../kernels/host/index.js';

/** Shared nodes of all outputs stay shared. */
export function simplifyMap(fn: MapFunction): MapFunction {
  const seen = new Map<Expr, Expr>();
  return { inputs: fn.inputs, outputs: fn.outputs.map((output) => rewrite(output, simplifyNode, seen)) };
}

function simplifyNode(node: Expr): Expr {
  if (node.kind === 'input' || node.kind === 'const') return node;
  if (operands(node).every((operand) => operand.kind === 'const')) return folded(node);
  if (node.kind === 'select' && node.condition.kind === 'const') return node.condition.value === true || node.condition.value === 1 ? node.x : node.y;
  if (node.kind === 'binary' && node.dtype === 'bool') return decided(node.op, node.x, node.y) ?? decided(node.op, node.y, node.x) ?? node;
  return node;
}

/** `x op known` for a known bool. */
function decided(op: string, x: Expr, known: Expr): Expr | undefined {
  if (known.kind !== 'const') return undefined;
  const value = known.value === true || known.value === 1;
  if (op === 'and') return value ? x : known;
  if (op === 'or') return value ? known : x;
  if (op === 'xor' && !value) return x;
  return undefined;
}

function folded(node: Expr): Expr {
  try {
    const [value] = evaluate({ inputs: [], outputs: [node] }, [], []);
    const item = value?.item();
    return typeof item === 'number' || typeof item === 'bigint' || typeof item === 'boolean' ? constant(item, node.dtype) : node;
  } catch (error) {
    // An integer division by zero fails when it runs, not when it is compiled.
    if (error instanceof OpError) return node;
    throw error;
  }
}
