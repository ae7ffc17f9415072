import tseslint from 'typescript-eslint';

const timers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Timers belong to src/platform (clock.sleep, startLoop), so that every flow can be replayed.',
}));
const clocks = [
  { object: 'Date', property: 'now', message: 'Take a Clock.' },
  { object: 'Math', property: 'random', message: 'Take Ids, or a seed.' },
  { object: 'performance', property: 'now', message: 'Take a Clock.' },
];
const environment = {
  object: 'process',
  property: 'env',
  message: 'Only src/platform/config.ts reads the environment.',
};
const currentTime = {
  selector: "NewExpression[callee.name='Date'][arguments.length=0]",
  message: 'Take a Clock.',
};

export default tseslint.config(
  {
    ignores: [
      'dist',
      'coverage',
      'node_modules',
      '.ballast',
      'tmp',
      'src/quant/kernel/assembly',
      'src/platform/jsonNumbers/assembly',
    ],
  },
  tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js', '*.cjs'] } } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportAllDeclaration', message: 'No barrel files: import from where it is.' },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/platform/**'],
    rules: {
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-properties': ['error', ...clocks, environment],
      'no-restricted-syntax': ['error', currentTime],
    },
  },
  {
    files: ['src/platform/**/*.ts'],
    ignores: ['src/platform/config.ts'],
    rules: { 'no-restricted-properties': ['error', environment] },
  },
);
