// The ways by which work reaches the applications beside this file: each puts frames of its own around a handler.
const { EventEmitter } = require('events')

function direct(handler, data) {
    return handler(data)
}

async function chained(handler, data) {
    return Promise.resolve(data).then((value) => handler(value))
}

async function served(handler, data) {
    const layers = [
        async (context, next) => { context.started = 1; await next() },
        async (context, next) => { await next(); context.ended = 2 },
        async (context) => { context.body = await handler(context.data) },
    ]
    const dispatch = (context, at) => layers[at](context, () => dispatch(context, at + 1))
    return dispatch({ data }, 0)
}

function timed(handler, data) {
    return new Promise((resolve, reject) => setTimeout(() => {
        try {
            resolve(handler(data))
        } catch (error) {
            reject(error)
        }
    }, 0))
}

function emitted(handler, data) {
    const bus = new EventEmitter()
    let result
    bus.on('work', function onWork(value) { result = handler(value) })
    bus.emit('work', data)
    return result
}

function mapped(handler, data) {
    return Promise.all([data].map((item) => handler(item)))
}

function walk(node, visit) {
    return Array.isArray(node) ? node.map((child) => walk(child, visit)) : visit(node)
}

function nested(handler, data) {
    return Promise.all(walk([[[{ data }]]], (node) => handler(node.data)).flat(9))
}

function deeply(handler, data) {
    let node = { data }
    for (let i = 0; i < 20; i++) node = [node]
    return Promise.all(walk(node, (inner) => handler(inner.data)).flat(99))
}

async function wrapped(handler, data) {
    try {
        return await handler(data)
    } catch (error) {
        throw new Error('the job failed', { cause: error })
    }
}

class Guard {
    constructor(handler) {
        this.handler = handler
    }

    run(data) {
        return Reflect.apply(this.handler, this, [data])
    }
}

function guarded(handler, data) {
    return new Proxy(new Guard(handler), { get: (of, name) => of[name].bind(of) }).run(data)
}

module.exports = { direct, chained, served, timed, emitted, mapped, nested, deeply, wrapped, guarded }
