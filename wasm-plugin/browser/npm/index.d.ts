/** Looks at files, each by itself, for `decide`. */
export function inspect(request: Uint8Array | Request): Inspected
/** Decides by what `inspect` gave. */
export function decide(request: Uint8Array | Request): Report | Need
/** Judges files: `inspect` and `decide` in one. */
export function evaluate(request: Uint8Array | Request): Report | Need
/** Says what this module is, and which rules, packs and snapshots it has. */
export function describe(): Description
/** Gives a report in another form, `text` or `json`. */
export function render(request: Uint8Array | RenderRequest): string
/** Shows pipelines of GitLab as they are resolved. */
export function show(request: Uint8Array | Request): Shown | Need
/** Says who may do what, by the roles and bindings of files. */
export function whoCan(request: Uint8Array | Request): WhoCan | Need
/** Shows the policy in force, or what is wrong with it. */
export function policy(request: Uint8Array | Request): PolicyShown
/**
 * Answers an operation by its number: bytes in, bytes out, as over the binary interface. Whatever the bytes are, they get an answer; only
 * a request that does not fit into the module's memory is a trap, which is thrown as a `WebAssembly.RuntimeError`.
 */
export function call(operation: number, request: Uint8Array): Uint8Array
/** Takes a new instance of the module, without loading it again: after a trap, or to give back its memory, which only grows. */
export function restart(): void

/** What all functions but `call` throw when a request cannot be answered. */
export interface GatepostError extends Error {
  code: string
  hint?: string
  /** Where in the JSON of the request. */
  location?: HeaderPosition
  /** What is wrong in a policy. */
  problems?: PolicyProblem[]
}

export interface HeaderPosition {
  line: number
  column: number
}

export interface PolicyProblem {
  message: string
  hint?: string
  location: Location
}

/** What to judge, and how. */
export interface Request {
  api: 1
  /** The instant of this run, as RFC 3339 writes it. The module has no clock. */
  now?: string
  event?: Event
  layers?: Layer[]
  baselines?: Layer[]
  head?: Head
  base?: Head
  options?: Options
  /** For `whoCan` alone. */
  question?: Question
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
  sources?: SourceProject[]
  /** GitLab itself has merged the pipelines. */
  merged?: boolean
  /** What `inspect` gave. */
  partials?: unknown[]
  /** Files that could not be read: each with the roles that its path gives, `state: 'refused'`, and why. */
  unread?: FileCoverage[]
  /** What modules of third parties found. */
  plugins?: PluginRun[]
}

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

/** Who could have written a file. What a change brings may tighten a decision, never loosen it. */
export type Origin = 'organisation' | 'protected' | 'change' | 'unknown'

export interface Event {
  name?: string
  repository?: string
  ref?: string
  commit?: string
  actor?: string
}

export interface Options {
  pack?: string
  kubernetesVersion?: string
  only?: string[]
  pins?: Record<string, Pin>
  data?: Record<string, string>
  withoutFixes?: boolean
  repository?: string
  /** 32 random bytes in hexadecimal digits; `inspect` needs it. */
  printKey?: string
}

export interface Pin {
  commit: string
  version?: string
}

export interface SourceProject {
  project: string
  ref?: string
  root: string
}

export interface PluginRun {
  name: string
  sha256: string
  /** Whether who started the judging asks for it, so that no policy says what its findings do. */
  enforced?: boolean
  findings?: PluginFinding[]
  failed?: string
}

export interface PluginFinding {
  rule: string
  severity: Severity
  confidence: Confidence
  message: string
  help?: string
  object?: string
  path: string
  span: Span
}

export interface Question {
  matrix?: boolean
  namespace?: string
  requests?: AccessRequest[]
}

export interface AccessRequest {
  verb: string
  resource?: string
  apiGroup?: string
  subresource?: string
  path?: string
  name?: string
  namespace?: string
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

/** What was found and decided, and what was looked at. Fields may be added within version 1. */
export interface Report {
  report: number
  tool: Tool
  run: Run
  decision: Decision
  subjects: SubjectDecision[]
  findings: Finding[]
  fixed?: Finding[]
  verdicts: Verdict[]
  policy?: PolicyReport
  ignores: Ignore[]
  unknown: Unknown[]
  coverage: Coverage
  rules: Record<string, RuleSummary>
  plugins?: PluginReport[]
}

export interface Tool {
  name: string
  version: string
  rules: string
}

export interface Run {
  now?: string
  event?: Event
  pack?: string
  kubernetesVersion?: string
}

export interface Decision {
  outcome: Outcome
  reasons: string[]
}

/** From better to worse. `hold`, `deny` and `error` mean that the change must not pass. */
export type Outcome = 'allow' | 'warn' | 'hold' | 'deny' | 'error'
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'
export type Confidence = 'low' | 'medium' | 'high'

export interface SubjectDecision {
  subject: 'change'
  outcome: Outcome
  gates: Gate[]
}

export interface Gate {
  gate: string
  outcome: Outcome
  trace: string[]
}

export interface Finding {
  rule: string
  severity: Severity
  reason?: string
  confidence: Confidence
  /** The same for the same defect in another version of the file. */
  fingerprint: string
  object?: string
  message: string
  help: string
  label: string
  location: Location
  related?: Related[]
  attributes?: Record<string, string>
  fix?: Fix
}

export interface Related {
  location: Location
  label: string
}

export interface Fix {
  title: string
  safety: Safety
  location: Location
  edits: TextEdit[]
}

export type Safety = 'safe' | 'unsafe'

export interface TextEdit {
  span: Span
  text: string
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
  snippet: Snippet
}

export interface Snippet {
  line: number
  column: number
  text: string
}

/** What a finding, given by its index, does. */
export interface Verdict {
  finding: number
  subject: number
  action: Action
  ignore?: number
  exception?: number
  age?: Age
}

export type Action = 'ignored' | 'excepted' | 'baselined' | 'existing' | 'dryrun' | 'warn' | 'deny'
export type Age = 'new' | 'existing'

/** The policy in force, and what it did. */
export interface PolicyReport {
  layers: LayerReport[]
  notGranted?: NotGranted[]
  exceptions?: ExceptionReport[]
  baselines?: BaselineReport[]
  decideOn?: DecideOn
}

export type DecideOn = 'change' | 'all'

export interface LayerReport {
  path: string
  origin: Origin
  because?: string
}

export interface NotGranted {
  layer: number
  what: string
  location: Location
  because: string
}

export interface ExceptionReport {
  id: string
  layer: number
  location: Location
  rules: string[]
  reason: string
  owner: string
  expires: string
  state: ExceptionState
  because: string
  matches: number
}

export type ExceptionState = 'used' | 'unused' | 'expired' | 'too-broad' | 'not-granted'

export interface BaselineReport {
  path: string
  origin: Origin
  entries: number
  used: number
  gone: number
  notGranted: number
}

export interface Ignore {
  location: Location
  rules: string[]
  reason: string
  state: IgnoreState
  because: string
}

export type IgnoreState = 'granted' | 'refused' | 'unused' | 'invalid'

export interface Unknown {
  rule: string
  location: Location
  lacking: string
}

export interface Coverage {
  judged: number
  partly: number
  opaque: number
  refused: number
  files: FileCoverage[]
}

export interface FileCoverage {
  path: string
  digest?: string
  origin: Origin
  roles: string[]
  state: FileState
  why?: Why[]
  linked?: string[]
}

export type FileState = 'judged' | 'partly' | 'opaque' | 'refused'

export interface Why {
  code: string
  message: string
  location?: Location
}

export interface RuleSummary {
  title: string
}

export interface PluginReport {
  name: string
  sha256: string
  failed?: string
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
  rules: ({ id: string; title: string } & Record<string, unknown>)[]
  data: { id: string; date: string }[]
  packs: { id: string; title: string; rules: string[] }[]
}

/** What `show` gives: pipelines, and what keeps them from being known in full. */
export interface Shown {
  pipelines: ShownPipeline[]
  faults: ShownFault[]
  cut?: boolean
}

export interface ShownPipeline {
  path: string
  child: boolean
  open: boolean
  stages?: string[]
  globals: ShownValue[]
  jobs: ShownValue[]
}

/** A value: of a mapping `entries`, of a sequence `items`, else its `text`. */
export interface ShownValue {
  key?: string
  path: string
  line: number
  column: number
  origin: string
  text?: string
  entries?: ShownValue[]
  items?: ShownValue[]
  unknown?: boolean
}

export interface ShownFault {
  kind: string
  message: string
  path: string
  line: number
  column: number
}

/** What `whoCan` gives. */
export interface WhoCan {
  questions: WhoCanQuestion[]
  subjects: WhoCanSubject[]
  unknown: WhoCanNot[]
  roles: number
  bindings: number
  cut?: boolean
}

export interface WhoCanQuestion {
  title: string
  request: AccessRequest
}

export interface WhoCanSubject {
  scope: string
  kind: string
  namespace?: string
  name: string
  ways: WhoCanWay[]
  workloads?: WhoCanPart[]
}

/** By what someone can: the binding, the role that it binds, and the rule. `question` counts among `questions`. */
export interface WhoCanWay {
  question: number
  namespace?: string
  names?: string[]
  unless?: string
  binding: WhoCanPart
  role: WhoCanPart
  from?: WhoCanPart
  rule: WhoCanPart
}

export interface WhoCanPart {
  title: string
  at?: ShownPlace
}

export interface WhoCanNot {
  message: string
  at?: ShownPlace
}

export interface ShownPlace {
  path: string
  line: number
  column: number
}

/** What `policy` gives: what is in force and the index of the layer that set it, or what is wrong, and then nothing else. */
export interface PolicyShown {
  problems?: PolicyProblem[]
  layers: LayerReport[]
  notGranted: NotGranted[]
  values: { key: string; value: string; layer?: number }[]
  rules: { rule: string; mode: string; severity: Severity; confidence: Confidence; override: string; layer?: number }[]
  exceptions: number
  plugins?: { name: string; path: string; sha256: string; mode: string; layer: number }[]
}
