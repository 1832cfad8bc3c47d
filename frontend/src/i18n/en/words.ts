import type { LocaleMessageDictionary, VueMessageType } from 'vue-i18n'
import { merge } from '../merge'

type Words = LocaleMessageDictionary<VueMessageType>

export default merge(import.meta.glob<Words>('./*.json', { eager: true, import: 'default' }))
