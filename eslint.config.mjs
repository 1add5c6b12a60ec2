import tseslint from 'typescript-eslint';

/**
 * Type-aware lint. The rules that are off here are off with a reason:
 * - no-non-null-assertion: typed-array columns are read at rows that the loop has bounded; `!` costs nothing at run time.
 * - no-unsafe-enum-comparison: constant enumerations name places in typed arrays; they are numbers on purpose.
 * - restrict-template-expressions: numbers in messages are wanted.
 */
export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'fixtures', 'src/catalog/compiled.ts', 'src/catalog/compiled-iana.ts', 'src/flow/compiled-engine.ts', 'src/*/engine', 'coverage'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.mjs', '.dependency-cruiser.mjs'] }, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-readonly': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['src/cli/**', 'src/catalog/compile.node.ts', 'test/bench/**', 'test/fuzz/**'], rules: { 'no-console': 'off' } },
);
