import { config } from '@vue/test-utils'
import { i18n, setLocale } from '../src/i18n'

await setLocale('en')
config.global.plugins = [i18n]
