"""Small faulty programs for Node with their fixes, as in programs.py. `call` is a module that fails; `capture` says how it is run: "cjs" or
"esm"."""

NODE_PROGRAMS = {}


def program(name, files, call, fix, lacks=False):
    NODE_PROGRAMS[name] = {"files": files, "call": call, "fix": fix, "lacks": lacks}


program("find_without_result", {"package.json": '{"name": "people", "version": "1.0.0"}', "src/people.js": '''
"use strict";

function find(users, id) {
    return users.find((user) => user === id);
}

function greeting(users, id) {
    const user = find(users, id);
    return "Hello " + user.toUpperCase();
}

module.exports = { find, greeting };
'''}, "require('SOURCE/src/people.js').greeting(['ann', 'bob'], 'cid')",
        [("src/people.js", '    return "Hello', '    if (!user) return "Hello stranger";\n    return "Hello')])
