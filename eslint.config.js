import tseslint from 'typescript-eslint'

// Time, randomness and the outside world come through ports, so that the simulator runs the shipped code.
const port = (what, instead) => ({ message: `${what} is for platform/ alone: use ${instead}` })
const bannedCalls = [
  { selector: "MemberExpression[object.name='Date'][property.name='now']", ...port('Date.now', 'the clock port') },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", ...port('new Date()', 'the clock port') },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    ...port('Math.random', 'the random port'),
  },
  { selector: "MemberExpression[property.name='randomUUID']", ...port('randomUUID', 'the random port') },
  {
    selector: "MemberExpression[object.name='performance'][property.name='now']",
    ...port('performance.now', 'the clock port'),
  },
]
const house = [
  { selector: 'TSEnumDeclaration', message: 'no enum: Node runs the sources by stripping types' },
  { selector: 'TSParameterProperty', message: 'no parameter property: Node runs the sources by stripping types' },
]
const noDefaultExport = { selector: 'ExportDefaultDeclaration', message: 'name what you export' }
const bannedGlobals = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  ...port(name, 'the clock port'),
}))
const outside = ['fetch', 'console'].map((name) => ({ name, message: `${name} is for platform/, storage/ and cli/` }))

export default tseslint.config(
  { ignores: ['node_modules', 'dist', '.millrace', '.local', 'docs', '**/*.cjs'] },
  { files: ['**/*.js'], languageOptions: { sourceType: 'module' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-restricted-syntax': ['error', ...house],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
    },
  },
  {
    files: ['runtime/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...house, ...bannedCalls, noDefaultExport],
      'no-restricted-globals': ['error', ...bannedGlobals, ...outside],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'process.env is for cli/ and platform/' },
      ],
    },
  },
  {
    files: ['runtime/platform/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...house, noDefaultExport],
      'no-restricted-globals': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    files: ['runtime/storage/**/*.ts', 'runtime/cli/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...bannedGlobals], 'no-restricted-properties': 'off' },
  },
)
