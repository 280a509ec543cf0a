/** What printers ask of a pass before they print it. */
import type { GridArray, GridBuffer, GridExpr, GridParam, GridPass, GridProgram, GridStatement } from './program.js';

/** How a pass uses a buffer. */
export interface BufferUse {
  readonly buffer: GridBuffer;
  readonly isRead: boolean;
  readonly isWritten: boolean;
  /** The pass does atomic operations on it; it may be read and written, too. */
  readonly isAtomic: boolean;
}

/** The operands of an expression, in order. */
export function operandsOf(expr: GridExpr): readonly GridExpr[] {
  switch (expr.kind) {
    case 'literal': case 'param': case 'builtin': case 'name': return [];
    case 'load': case 'element': return [expr.index];
    case 'lane': return [expr.of];
    case 'unary': case 'cast': case 'bitcast': case 'round': return [expr.x];
    case 'binary': case 'compare': return [expr.x, expr.y];
    case 'select': return [expr.condition, expr.x, expr.y];
    case 'fma': return [expr.x, expr.y, expr.z];
    default: return expr satisfies never;
  }
}

/** The expressions of a statement itself, without those of the statements inside it. */
export function expressionsOf(statement: GridStatement): readonly GridExpr[] {
  switch (statement.kind) {
    case 'declare': case 'assign': return [statement.value];
    case 'store': case 'setElement': return [statement.index, ...statement.values];
    case 'atomic': return [statement.index, statement.value];
    case 'if': case 'while': return [statement.condition];
    case 'for': return [statement.start, statement.end, statement.step];
    case 'fault': return [statement.detail];
    case 'break': case 'barrier': return [];
    default: return statement satisfies never;
  }
}

/** The statements inside a statement. */
export function innerStatements(statement: GridStatement): readonly GridStatement[] {
  switch (statement.kind) {
    case 'if': return [...statement.then, ...statement.otherwise];
    case 'for': case 'while': return statement.body;
    default: return [];
  }
}

/** Every statement and every expression of a pass, in order of the text. */
export function visitPass(pass: GridPass, onStatement: (statement: GridStatement) => void, onExpr: (expr: GridExpr) => void): void {
  const expression = (expr: GridExpr): void => {
    onExpr(expr);
    operandsOf(expr).forEach(expression);
  };
  const statement = (one: GridStatement): void => {
    onStatement(one);
    expressionsOf(one).forEach(expression);
    innerStatements(one).forEach(statement);
  };
  pass.body.forEach(statement);
}

export interface PassFacts {
  /** In order of binding; buffers that the pass does not touch are not among them. */
  readonly buffers: readonly BufferUse[];
  readonly params: readonly GridParam[];
  readonly hasBarrier: boolean;
  readonly hasFault: boolean;
}

/** What a pass uses. */
export function factsOf(pass: GridPass): PassFacts {
  const uses = new Map<GridBuffer, { isRead: boolean; isWritten: boolean; isAtomic: boolean }>();
  const params = new Set<GridParam>();
  const use = (buffer: GridBuffer): { isRead: boolean; isWritten: boolean; isAtomic: boolean } => {
    const found = uses.get(buffer) ?? { isRead: false, isWritten: false, isAtomic: false };
    uses.set(buffer, found);
    return found;
  };
  let hasBarrier = false;
  let hasFault = false;
  visitPass(pass, (statement) => {
    if (statement.kind === 'store') use(statement.buffer).isWritten = true;
    else if (statement.kind === 'atomic') {
      use(statement.buffer).isAtomic = true;
    } else if (statement.kind === 'barrier') hasBarrier = true;
    else if (statement.kind === 'fault') hasFault = true;
  }, (expr) => {
    if (expr.kind === 'load') use(expr.buffer).isRead = true;
    else if (expr.kind === 'param') params.add(expr.param);
  });
  const buffers = [...uses].map(([buffer, found]): BufferUse => ({ buffer, ...found })).sort((a, b) => a.buffer.binding - b.buffer.binding);
  return { buffers, params: [...params].sort((a, b) => a.word - b.word), hasBarrier, hasFault };
}

/** Whether any pass of a program reports faults. */
export const hasFaults = (program: GridProgram): boolean => program.passes.some((pass) => factsOf(pass).hasFault);

/** Bytes of a workgroup's shared arrays, by 4 or 8 bytes an element (a bool takes 4). */
export function sharedBytes(arrays: readonly GridArray[]): number {
  return arrays.filter(({ space }) => space === 'shared')
    .reduce((sum, { type, lanes, length }) => sum + length * lanes * (type.endsWith('64') ? 8 : 4), 0);
}
