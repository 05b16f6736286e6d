// A store with reducers, selectors and subscribers. Set aside: nothing was tuned on its traces.
const create = (reducer, state) => {
    const listeners = []
    return {
        dispatch(action) {
            state = reducer(state, action)
            listeners.forEach((listener) => listener(state))
            return state
        },
        subscribe: (listener) => listeners.push(listener),
        get: (selector) => selector(state),
    }
}

const combine = (parts) => (state, action) => Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part(state[name], action)]))

const todos = (state = [], action) => {
    switch (action.type) {
    case 'add': return [...state, { id: action.todo.id, title: action.todo.title.trim() }]
    case 'move': return move(state, action.from, action.to)
    case 'rename': return state.map((todo) => (todo.id === action.id ? { ...todo, title: action.title.slice(0, 20) } : todo))
    default: return state
    }
}

const filter = (state = 'all', action) => (action.type === 'filter' ? FILTERS[action.name].label : state)
const FILTERS = { all: { label: 'all', keep: () => true }, done: { label: 'done', keep: (todo) => todo.done.at } }

function move(list, from, to) {
    if (to >= list.length) throw new RangeError(`cannot move ${from} to ${to}`)
    const copy = [...list]
    copy.splice(to, 0, copy.splice(from, 1)[0])
    return Object.freeze(copy).map((todo) => ({ ...todo, order: todo.id.padStart(3) }))
}

const visible = (state) => state.todos.filter((todo) => FILTERS[state.filter].keep(todo))
const titles = (state) => visible(state).map((todo) => todo.title.toUpperCase())
const lock = (state) => {
    Object.freeze(state.todos)
    state.todos.push({ id: 'x' })
}

const start = (data) => create(combine({ todos, filter }), { todos: data.todos, filter: data.filter || 'all' })

function apply(data) {
    const store = start(data)
    return data.actions.map((action) => store.dispatch(action))
}

function watch(data) {
    const store = start(data)
    store.subscribe((state) => titles(state))
    for (const action of data.actions) store.dispatch(action)
    return store.get(data.locked ? lock : titles)
}

async function sync(data) {
    const store = start(data)
    for (const action of await Promise.all(data.actions)) store.dispatch(action)
    return store.get(data.locked ? lock : titles)
}

const base = { todos: [{ id: '1', title: 'tea' }, { id: '2', title: 'cup' }], actions: [] }
const each = (change, ...handlers) => handlers.map((h, i) => [h, { ...base, ...change, actions: [...(i % 2 ? [{ type: 'none' }] : []), ...(change.actions || [])] }])

const BUGS = {
    'add-nothing': each({ actions: [{ type: 'add' }] }, 'apply', 'watch', 'sync'),
    'add-untitled': each({ actions: [{ type: 'add', todo: { id: '3' } }] }, 'apply', 'watch', 'sync'),
    'move-too-far': each({ actions: [{ type: 'move', from: 0, to: 9 }] }, 'apply', 'watch', 'sync'),
    'move-number-id': each({ todos: [{ id: 7, title: 'pot' }, { id: '2', title: 'cup' }], actions: [{ type: 'move', from: 0, to: 1 }] }, 'apply', 'sync'),
    'rename-to-number': each({ actions: [{ type: 'rename', id: '1', title: 7 }] }, 'apply', 'watch', 'sync'),
    'filter-unknown': each({ actions: [{ type: 'filter', name: 'open' }] }, 'apply', 'watch', 'sync'),
    'filter-kept-unknown': each({ filter: 'late', actions: [{ type: 'none' }] }, 'watch', 'sync'),
    'done-missing': each({ filter: 'done' }, 'sync', 'watch'),
    'title-null': each({ todos: [{ id: '1', title: null }], actions: [{ type: 'none' }] }, 'watch', 'sync'),
    'push-frozen': each({ locked: true }, 'watch', 'sync'),
}

module.exports = { apply, watch, sync, BUGS }
