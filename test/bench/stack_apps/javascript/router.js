// Routes with parameters, sessions, a cache; promises and closures.
const compile = (pattern) => pattern.split('/').map((part) => (part[0] === ':' ? { name: part.slice(1) } : { text: part }))

const match = (route, path) => {
    const parts = path.split('/')
    const found = {}
    for (const [i, part] of route.parts.entries()) {
        if (part.name) found[part.name] = decodeURIComponent(parts[i])
        else if (part.text !== parts[i]) return null
    }
    return found
}

class Router {
    constructor() {
        this.routes = []
    }

    on(pattern, action) {
        this.routes.push({ parts: compile(pattern), action })
        return this
    }

    find(path) {
        for (const route of this.routes) {
            const found = match(route, path)
            if (found) return { action: route.action, params: found }
        }
        throw new Error(`no route for ${path}`)
    }

    handle(request) {
        const { action, params } = this.find(request.path)
        return action({ ...request, params })
    }
}

const sessions = new Map([['a', { user: 'jo', rights: ['read'] }], ['b', { user: 'al' }]])
const session = (request) => sessions.get(request.cookies.session)
const allowed = (request, right) => session(request).rights.includes(right)
const body = (request) => JSON.parse(request.body)
const page = (items, size) => Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, i * size + size))
const blank = (size) => new Array(size).fill(0)
const date = (text) => new Date(text).toISOString()

const routes = new Router()
    .on('/list/:size', (request) => page(blank(Number(request.params.size)), 3))
    .on('/day/:day', (request) => ({ day: date(request.params.day), may: allowed(request, 'read') }))
    .on('/save/:id', (request) => {
        if (!allowed(request, 'read')) throw new TypeError('not allowed')
        return body(request).tags.map((tag) => tag.trim())
    })
    .on('/tree/:depth', (request) => grow(request.params.depth))

function grow(depth) {
    return { child: grow(depth + 1) }
}

function get(data) {
    return routes.handle(data)
}

function batch(data) {
    return [{ ...data, path: '/list/4' }, data].map((request) => routes.handle(request))
}

async function later(data) {
    const request = await Promise.resolve({ ...data })
    return routes.handle(request)
}

const base = { path: '/', cookies: { session: 'a' }, body: '{"tags":["x"]}' }
const each = (change, ...handlers) => handlers.map((h) => [h, { ...base, ...change }])

const BUGS = {
    'no-route': [...each({ path: '/nowhere' }, 'get', 'batch'), ...each({ path: '/lists/4/' }, 'later', 'get')],
    'bad-escape': [...each({ path: '/day/%E0%A4%A' }, 'get', 'later'), ...each({ path: '/list/%' }, 'batch')],
    'negative-size': [...each({ path: '/list/-1' }, 'get', 'batch', 'later')],
    'bad-date': [...each({ path: '/day/tomorrow' }, 'get', 'later'), ...each({ path: '/day/' }, 'batch')],
    'no-session': [...each({ path: '/day/2026-01-01', cookies: { session: 'z' } }, 'get', 'batch'), ...each({ path: '/save/1', cookies: {} }, 'later', 'get')],
    'no-rights': [...each({ path: '/day/2026-01-01', cookies: { session: 'b' } }, 'get', 'later'), ...each({ path: '/save/1', cookies: { session: 'b' } }, 'batch')],
    'no-cookies': [...each({ path: '/save/2', cookies: undefined }, 'get', 'batch', 'later')],
    'body-broken': [...each({ path: '/save/3', body: '{tags' }, 'get', 'batch'), ...each({ path: '/save/4', body: '' }, 'later')],
    'tags-no-list': [...each({ path: '/save/5', body: '{"tags":7}' }, 'get', 'later', 'batch')],
    'tag-no-text': [...each({ path: '/save/6', body: '{"tags":["a",null]}' }, 'get', 'later', 'batch')],
    'endless-tree': [...each({ path: '/tree/1' }, 'get', 'batch')],
}

module.exports = { get, batch, later, BUGS }
