// run.js FILE OUT SEED SDK: each of an application's bugs by several ways, as @sentry/node sends it; a line {"bug","event"} each.
// FILE is a module, or a bundle (as a browser has it) that leaves { app, ways } in `bundle`.
const fs = require('fs')
const vm = require('vm')
const path = require('path')

const [file, out, seed, sdk] = process.argv.slice(2)
const Sentry = require(sdk)

let state = Number(seed)
function draw(list) {
    state = (state * 1103515245 + 12345) % 2147483648
    return list[Math.floor((state / 2147483648) * list.length)]
}

function load() {
    const code = fs.readFileSync(file, 'utf8')
    const url = code.startsWith('var bundle')
    if (!url) return { app: require(path.resolve(file)), ways: require(path.resolve(path.dirname(file), 'ways.js')) }
    vm.runInThisContext(`var require = undefined\n`)
    globalThis.EventEmitter = require('events').EventEmitter
    vm.runInThisContext(code, { filename: `https://cdn.shop.example/static/js/${path.basename(file)}` })
    return globalThis.bundle
}

function browserLike(event) {
    for (const value of event.exception.values)
        for (const frame of value.stacktrace ? value.stacktrace.frames : []) {
            delete frame.module
            if (!frame.filename.startsWith('https:')) frame.in_app = false
        }
    return { ...event, platform: 'javascript' }
}

async function main() {
    const { app, ways } = load()
    const sent = []
    Sentry.init({ dsn: 'https://key@stacks.invalid/1', defaultIntegrations: false, integrations: [Sentry.linkedErrorsIntegration()], beforeSend: (event) => { sent.push(event); return null } })
    const lines = []
    for (const [bug, calls] of Object.entries(app.BUGS)) {
        draw([0])
        const [handler, data] = draw(calls)
        const way = draw(Object.keys(ways))
        try {
            await ways[way](app[handler], data)
        } catch (error) {
            Sentry.captureException(error)
            await Sentry.flush(2000)
            lines.push(JSON.stringify({ bug, event: globalThis.bundle ? browserLike(sent.pop()) : sent.pop() }))
            continue
        }
        throw new Error(`${file}: ${bug} by ${way} did not fail`)
    }
    fs.writeFileSync(out, lines.join('\n') + '\n')
}

process.on('unhandledRejection', (error) => { console.error(error); process.exit(1) })
main().catch((error) => { console.error(error); process.exit(1) })
