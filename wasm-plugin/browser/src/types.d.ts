/** Who could have written a file. What a change brings may tighten a decision, never loosen it. */
export type Origin = 'organisation' | 'protected' | 'change' | 'unknown'

/** A file: its text, or where its bytes lie in the tail of a frame. */
export interface File {
  path: string
  text?: string
  offset?: number
  length?: number
  /** `sha256:` and the digest of its bytes, where it is known. */
  digest?: string
  origin?: Origin
  /** False for a file that is only read where a judged one refers to it. */
  judge?: boolean
}

/** A policy or a baseline. */
export interface Layer {
  path: string
  text?: string
  offset?: number
  length?: number
  origin?: Origin
  because?: string
}

/** Files, or what `inspect` made of them. */
export interface Head {
  files?: File[]
  /** Roots of repositories; `''` is the whole tree. A file below none of them stands alone. */
  roots?: string[]
  /** Paths and patterns that were looked for: answers to a `Need`. */
  absent?: string[]
  globs?: string[]
  /** What is not among the files is not there. */
  complete?: boolean
  sources?: { project: string; ref?: string; root: string }[]
  merged?: boolean
  partials?: unknown[]
  unread?: FileCoverage[]
}

/** What to judge, and how. The whole form is in `request-1.json`. */
export interface Request {
  api: 1
  /** The instant of this run, as RFC 3339 writes it. The module has no clock. */
  now?: string
  event?: { name?: string; repository?: string; ref?: string; commit?: string; actor?: string }
  layers?: Layer[]
  baselines?: Layer[]
  head?: Head
  base?: Head
  options?: {
    pack?: string
    kubernetesVersion?: string
    only?: string[]
    pins?: Record<string, { commit: string; version?: string }>
    data?: Record<string, string>
    withoutFixes?: boolean
    repository?: string
    /** 32 random bytes in hexadecimal digits; `inspect` needs it. */
    printKey?: string
  }
  question?: { matrix?: boolean; namespace?: string; requests?: object[] }
}

/** A report, and the form that is wanted. */
export interface RenderRequest {
  format: 'text' | 'json'
  report: Report
}

/** Files that have to come with the request: give them, or name them in `absent` or `globs`, and ask again. */
export interface Need {
  need: MissingFiles[]
}

export interface MissingFiles {
  base?: boolean
  root: string
  paths: string[]
  globs?: string[]
}

/** What `inspect` gives: partials for `decide`, and what is lacking for the other files. */
export interface Inspected {
  partials: unknown[]
  needs: MissingFiles[]
}

/** From better to worse. `hold`, `deny` and `error` mean that the change must not pass. */
export type Outcome = 'allow' | 'warn' | 'hold' | 'deny' | 'error'
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'

/** What was found and decided, and what was looked at. Fields may be added within version 1. The whole form is in `report-1.json`. */
export interface Report {
  report: 1
  tool: { name: string; version: string; rules: string }
  run: object
  decision: { outcome: Outcome; reasons: string[] }
  subjects: { subject: unknown; outcome: Outcome; gates: { gate: string; outcome: Outcome; trace: string[] }[] }[]
  findings: Finding[]
  fixed?: Finding[]
  verdicts: Verdict[]
  policy?: object
  ignores: object[]
  unknown: { rule: string; location: Location; lacking: string }[]
  coverage: { judged: number; partly: number; opaque: number; refused: number; files: FileCoverage[] }
  rules: Record<string, { title: string }>
}

export interface Finding {
  rule: string
  severity: Severity
  reason?: string
  confidence: 'low' | 'medium' | 'high'
  /** The same for the same defect in another version of the file. */
  fingerprint: string
  object?: string
  message: string
  help: string
  label: string
  location: Location
  related?: { location: Location; label: string }[]
  attributes?: Record<string, string>
  fix?: { title: string; safety: string; location: Location; edits: { span: Span; text: string }[] }
}

/** Bytes of a file, the end not included. */
export interface Span {
  start: number
  end: number
}

/** Lines and columns count from one, columns in code points. */
export interface Location {
  path: string
  span: Span
  line: number
  column: number
  endLine: number
  endColumn: number
  snippet: { line: number; column: number; text: string }
}

/** What a finding, given by its index, does. */
export interface Verdict {
  finding: number
  subject: number
  action: 'ignored' | 'excepted' | 'baselined' | 'existing' | 'dryrun' | 'warn' | 'deny'
  ignore?: number
  exception?: number
  age?: 'new' | 'existing'
}

export interface FileCoverage {
  path: string
  digest?: string
  origin: Origin
  roles: string[]
  state: 'judged' | 'partly' | 'opaque' | 'refused'
  why?: { code: string; message: string; location?: Location }[]
  linked?: string[]
}

export interface Description {
  name: string
  version: string
  abi: number
  request: number
  report: number
  digest: string
  operations: string[]
  formats: string[]
  rules: ({ id: string } & Record<string, unknown>)[]
  data: { id: string; date: string }[]
  packs: { id: string; title: string; rules: string[] }[]
}

/** What all functions but `call` throw when a request cannot be answered. */
export interface GatepostError extends Error {
  code: string
  /** Where in the JSON of the request. */
  location?: { line: number; column: number }
  hint?: string
  /** What is wrong in a policy. */
  problems?: { message: string; hint?: string; location: Location }[]
}
