import type { Component } from 'vue'
import { Cloud, CloudDrizzle, CloudFog, CloudLightning, CloudMoon, CloudRain, CloudSnow, CloudSun, Moon, Sun } from '@lucide/vue'

/** By the names that OpenWeather gave them; the API writes them for every source. */
const DAY: Readonly<Record<string, Component>> = {
  '01': Sun,
  '02': CloudSun,
  '03': CloudSun,
  '04': Cloud,
  '09': CloudDrizzle,
  '10': CloudRain,
  '11': CloudLightning,
  '13': CloudSnow,
  '50': CloudFog,
}
const NIGHT: Readonly<Record<string, Component>> = { '01': Moon, '02': CloudMoon, '03': CloudMoon }

export function skyIcon(name: string | null): Component {
  const code = name?.slice(0, 2) ?? ''
  return (name?.endsWith('n') ? NIGHT[code] : undefined) ?? DAY[code] ?? Cloud
}
