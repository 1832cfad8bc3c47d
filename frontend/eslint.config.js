import js from '@eslint/js'
import globals from 'globals'
import ts from 'typescript-eslint'
import vue from 'eslint-plugin-vue'

const FEATURES = ['session', 'dashboards', 'grid', 'live', 'cards', 'gallery']

/** Forbids the imports of these folders of src/, by alias or by a path upwards. */
function without(...folders) {
  const regex = `^(?:@/|(?:\\.\\./)+)(?:${folders.join('|')})(?:/|$)`
  return { 'no-restricted-imports': ['error', { patterns: [{ regex, message: 'Imports go from features down.' }] }] }
}

export default ts.config(
  { ignores: ['dist/**', 'node_modules/**', 'src/api/schema.d.ts', 'public/**'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...vue.configs['flat/recommended'],
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      'no-undef': 'off',
      'no-console': 'error',
      eqeqeq: 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      'max-lines': ['error', { max: 150, skipBlankLines: true }],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/multi-word-component-names': 'off',
      'vue/no-static-inline-styles': 'error',
      'vue/no-v-html': 'error',
      'vue/require-default-prop': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/html-indent': 'off',
      'vue/html-self-closing': ['error', { html: { void: 'always' } }],
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
    },
  },
  { files: ['src/**/*.{ts,vue}'], rules: { 'no-restricted-globals': ['error', 'fetch'] } },
  { files: ['src/api/client.ts', 'src/sw.ts'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['src/{ui,api,i18n,forms,styles}/**'], rules: without(...FEATURES) },
  { files: ['src/cards/**'], rules: without('session', 'dashboards', 'grid', 'live', 'gallery') },
  { files: ['src/gallery/**'], rules: without('session', 'dashboards', 'grid', 'live') },
  { files: ['src/{live,grid}/**'], rules: without('session', 'dashboards', 'cards', 'gallery') },
  { files: ['src/session/**'], rules: without('dashboards', 'grid', 'cards', 'gallery') },
)
