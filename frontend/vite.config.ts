import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { icons } from './icons.ts'

const COMPRESSIBLE = /\.(?:js|css|html|json|svg|webmanifest)$/
const API = process.env.INSIGHTBOARD_API ?? 'http://127.0.0.1:8080'

/** Tells the service worker which hashed files make up this build. */
function precacheList(): Plugin {
  return {
    name: 'precache-list',
    generateBundle(_, bundle) {
      const worker = bundle['sw.js']
      if (worker?.type !== 'chunk') return
      const files = Object.keys(bundle)
        .filter((name) => name.startsWith('assets/') && /\.(?:js|css)$/.test(name))
        .sort()
      worker.code = worker.code.replace(/(["'`])__PRECACHE__\1/, () => JSON.stringify(JSON.stringify(files)))
    },
  }
}

/** Writes .br and .gz beside every text file, so that the server need not compress. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const [name, file] of Object.entries(bundle)) {
          if (!COMPRESSIBLE.test(name)) continue
          const source = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          if (source.length < 1024) continue
          const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
          this.emitFile({ type: 'asset', fileName: `${name}.br`, source: brotliCompressSync(source, { params }) })
          this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(source, { level: 9 }) })
        }
      },
    },
  }
}

export default defineConfig({
  plugins: [vue(), icons(), precacheList(), compressed()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    cssTarget: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        codeSplitting: {
          groups: [
            { name: 'vendor', test: /\/node_modules\/(?:@vue|vue|vue-router|pinia|vue-i18n|@intlify|openapi-fetch)\// },
            { name: 'app', test: /\/src\/(?:api|ui|i18n\/\w+\.ts|session\/session)|@lucide|plugin-vue/ },
            { name: 'board', test: /\/src\/(?:live|cards\/(?!parts\/LineChart)|grid\/(?!stack)|dashboards\/(?!\w+Dialog\.vue|\w+Help)|gallery\/(?:sizes|useCatalogWords))/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': API } },
  test: {
    environment: 'happy-dom',
    include: ['tests/{unit,component}/**/*.test.ts'],
    testTimeout: 30_000,
    setupFiles: ['tests/setup.ts'],
  },
})
