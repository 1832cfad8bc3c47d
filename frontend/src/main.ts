import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, startLocale } from './i18n'
import { router } from './router'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'

await startLocale()
createApp(App).use(createPinia()).use(i18n).use(router).mount('#app')

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/sw.js')
}
