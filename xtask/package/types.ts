// What a program writes with the package, for a compiler that knows no library but that of the language: neither of pages nor of Node.js.
import * as gatepost from 'gatepost'
import type { GatepostError, Need, Outcome, Report, Request } from 'gatepost'

// Nothing of what loads the module is among the names.
type Names = 'call' | 'decide' | 'describe' | 'evaluate' | 'inspect' | 'policy' | 'render' | 'restart' | 'show' | 'whoCan'
const names: Record<keyof typeof gatepost, true> & Record<Names, true> = {
  call: true,
  decide: true,
  describe: true,
  evaluate: true,
  inspect: true,
  policy: true,
  render: true,
  restart: true,
  show: true,
  whoCan: true,
}

const request: Request = {
  api: 1,
  layers: [{ path: 'gatepost.yaml', text: 'version: 1\n', origin: 'protected' }],
  head: {
    files: [{ path: '.github/workflows/ci.yml', text: 'on: push\n', origin: 'change' }],
    roots: [''],
    complete: true,
    plugins: [{ name: 'acme', sha256: '0'.repeat(64), failed: 'it took too long' }],
  },
  options: { printKey: '0'.repeat(64) },
}

const isNeed = (answer: object): answer is Need => 'need' in answer

function outcome(answer: Report | Need): Outcome {
  if (isNeed(answer)) throw new Error(answer.need.map(({ root, paths }) => `${root}: ${paths.join()}`).join())
  const failed: string | undefined = answer.plugins?.[0]?.failed
  const mode: string | undefined = gatepost.policy(request).plugins?.[0]?.mode
  return failed === mode ? 'deny' : answer.decision.outcome
}

try {
  outcome(gatepost.evaluate(request))
  outcome(gatepost.decide({ ...request, head: { partials: gatepost.inspect(request).partials } }))
} catch (error) {
  const { code, location, problems }: Partial<GatepostError> = error as GatepostError
  if (!code) gatepost.restart()
  void [location?.line, problems?.[0]?.location.path, names]
}

const shown = gatepost.show(request)
if (!isNeed(shown)) void shown.pipelines[0]?.jobs[0]?.entries?.[0]?.text
const who = gatepost.whoCan({ api: 1, question: { requests: [{ verb: 'get', resource: 'secrets' }] } })
if (!isNeed(who)) void who.subjects[0]?.ways[0]?.rule.at?.line
void gatepost.describe().rules[0]?.id
void gatepost.call(3, new Uint8Array()).length
