import type { Fault } from './validate'

/** What every field of a form is told. */
export interface FieldProps {
  id: string
  label: string
  hint: string
  required: boolean
  fault: Fault | null
}
