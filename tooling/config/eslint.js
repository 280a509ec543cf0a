// The lint rules of the whole repository. Beside typescript-eslint's type-checked set they keep the architecture:
// who may import whom, no effects or state where there must be none, files that stay small.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', '**/*.test-d.ts'];
const core = 'packages/core/src';

/** The road of a call. A stage knows the ones before it, by their types; nothing looks ahead. */
const stages = ['graph', 'prune', 'place', 'optimize', 'partition', 'lower', 'plan', 'execute', 'session'];

/** Device packages: they stand on core's contract, not on core. */
const backends = ['cpu-wasm', 'webgpu', 'cuda-native'];

// ---- imports --------------------------------------------------------------------------------------------------------------------

const extension = {
  regex: String.raw`^\.{1,2}/(?!.*\.(js|mjs|json|css\?inline)$)`,
  message: 'Relative imports carry their .js extension.',
};
const noNode = {
  regex: '^node:',
  message: 'This runs in browsers too: Node modules stay out.',
};
const outsideSources = {
  regex: String.raw`^@sessionflow/[^/]+/(src|dist)(/|$)`,
  message: 'Import what the package exports.',
};
const everywhere = [extension, outsideSources];

const stagePath = (names) => String.raw`^\.{1,2}/(.*/)?(${names.join('|')})/`;

/** The restrictions of one place, with those that hold everywhere: a later entry for the same file replaces an earlier one. */
function imports(files, patterns, extra = {}) {
  return {
    files,
    ...extra,
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: [...everywhere, ...patterns] }] },
  };
}

const coreImports = [
  noNode,
  { regex: '^@sessionflow/', message: 'core imports no other package of the workspace.' },
];

function stageImports(stage) {
  const index = stages.indexOf(stage);
  const later = stages.slice(index + 1);
  // graph/ is data that every stage works on, and session/ drives the stages: values are theirs to use.
  const earlier = stage === 'session' ? [] : stages.slice(1, index);
  const patterns = [...coreImports];
  if (later.length > 0) {
    patterns.push({ regex: stagePath(later), message: `${stage}/ comes before ${later.join(', ')}: a stage never imports a later one.` });
  }
  if (earlier.length > 0) {
    patterns.push({ regex: stagePath(earlier), allowTypeImports: true, message: 'Of an earlier stage, only types may be imported.' });
  }
  return imports([`${core}/${stage}/**/*.ts`], patterns, { ignores: tests });
}

function backendImports(name) {
  const others = backends.filter((other) => other !== name);
  return imports([`packages/${name}/src/**/*.ts`], [
    { regex: String.raw`^@sessionflow/core$|^@sessionflow/core/(?!(device|codegen|kernels)$)`, message: 'A backend imports only core/device, core/codegen and core/kernels.' },
    { regex: String.raw`^@sessionflow/(${[...others, 'io', 'cli'].join('|')})(/|$)`, message: 'A backend imports no other package of the workspace but core.' },
  ], { ignores: [...tests, '**/register.ts'] });
}

// ---- syntax ---------------------------------------------------------------------------------------------------------------------

const doubleCast = {
  selector: 'TSAsExpression > TSAsExpression.expression',
  message: 'No double casts: narrow, or give the value its type where it is made.',
};

const backendNames = backends.join('|');
const noBackendNames = [
  { selector: `Literal[value=/${backendNames}/]`, message: 'core never names a backend.' },
  { selector: `TemplateElement[value.raw=/${backendNames}/]`, message: 'core never names a backend.' },
];

const topLevel = (inner) => `:matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration${inner}`;
// A table is fine once its type says that nobody changes it: `const table: ReadonlyMap<…> = new Map(…)`.
const unfrozen = ':not([id.typeAnnotation.typeAnnotation.typeName.name=/^Readonly/]):not([id.typeAnnotation.typeAnnotation.type="TSTypeOperator"])';
const state = 'Module-level state lives only in core/src/state; caches are fields of a Session. Constant tables: annotate as ReadonlyMap, ReadonlySet or readonly.';
const noModuleState = [
  { selector: topLevel('[kind=/^(let|var)$/]'), message: state },
  { selector: `${topLevel('')} > VariableDeclarator${unfrozen} > NewExpression.init[callee.name=/^(Map|Set|WeakMap|WeakSet)$/]`, message: state },
  { selector: `${topLevel('')} > VariableDeclarator${unfrozen} > ArrayExpression.init[elements.length=0]`, message: state },
  { selector: `${topLevel('')} > VariableDeclarator${unfrozen} > ObjectExpression.init[properties.length=0]`, message: state },
];

const syntax = (...restrictions) => ({ 'no-restricted-syntax': ['error', ...restrictions] });
const lines = (max) => ({ 'max-lines': ['error', { max, skipBlankLines: false, skipComments: false }] });

// ---- the whole ------------------------------------------------------------------------------------------------------------------

/** The flat configuration; `rootDir` is the folder that holds tsconfig.json. */
export function config(rootDir) {
  return tseslint.config(
    { ignores: ['**/dist/**', '**/node_modules/**', '**/out/**', '**/.turbo/**', '**/generated/**', '**/*.d.ts'] },
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    js.configs.recommended,
    {
      files: ['**/*.{js,mjs}'],
      languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
    },
    {
      files: ['**/*.ts'],
      extends: [tseslint.configs.strictTypeChecked],
      languageOptions: { parserOptions: { project: ['tsconfig.json'], tsconfigRootDir: rootDir } },
      rules: {
        // Typed arrays are indexed by loops whose bounds are known: `data[i]!` is how that is said under noUncheckedIndexedAccess.
        '@typescript-eslint/no-non-null-assertion': 'off',
        // A promise-returning member of an interface may have nothing to wait for.
        '@typescript-eslint/require-await': 'off',
        // Overflows the stack on recursive array types (TensorLike: arrays of arrays of tensors).
        '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
        // Flags state that changes across an await, and checks of data that came from a file.
        '@typescript-eslint/no-unnecessary-condition': 'off',
        '@typescript-eslint/no-unnecessary-type-parameters': 'off',
        '@typescript-eslint/unified-signatures': 'off',
        '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true, allowArray: true }],
        '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true }],
        '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
        'no-constant-condition': ['error', { checkLoops: false }],
        eqeqeq: ['error', 'always', { null: 'ignore' }],
        'prefer-const': ['error', { destructuring: 'all' }],
        ...syntax(doubleCast),
        ...lines(400),
      },
    },
    imports(['**/*.ts'], []),
    {
      files: tests,
      rules: {
        // Mocks and spies hand methods around.
        '@typescript-eslint/unbound-method': 'off',
        '@typescript-eslint/no-empty-function': 'off',
      },
    },

    // core
    { files: [`${core}/**/*.ts`], ignores: [...tests, `${core}/state/**`], rules: syntax(doubleCast, ...noBackendNames, ...noModuleState) },
    { files: [`${core}/state/**/*.ts`], ignores: tests, rules: syntax(doubleCast, ...noBackendNames) },
    { files: [`${core}/**/*.ts`], ignores: tests, rules: { 'no-restricted-globals': ['error', 'process', 'Buffer', 'global', 'require', 'window', 'document'] } },
    imports([`${core}/**/*.ts`], coreImports, { ignores: tests }),
    // ./node is the one entry that runs in Node alone; nothing else of core imports it.
    imports([`${core}/node/**/*.ts`], coreImports.slice(1), { ignores: tests }),
    ...stages.map(stageImports),
    { files: [`${core}/session/compile.ts`], rules: lines(80) },

    // backends
    ...backends.map(backendImports),

    // io works over an interface; only ./node touches the file system.
    imports(['packages/io/src/**/*.ts'], [
      noNode,
      { regex: String.raw`^@sessionflow/(?!core(/|$))`, message: 'io imports only core.' },
    ], { ignores: [...tests, 'packages/io/src/node.ts', 'packages/io/src/node/**'] }),
  );
}
