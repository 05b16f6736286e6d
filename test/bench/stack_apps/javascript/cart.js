// Orders, prices, discounts.
const PRICES = { tea: { amount: 4.2, currency: 'eur' }, cup: { amount: 9 }, tin: null }
const RULES = [
    { name: 'three', applies: (cart) => cart.items.length >= 3, off: (cart) => cart.total() / 10 },
    { name: 'member', applies: (cart) => cart.user.level > 2, off: () => 1 },
]

class Cart {
    constructor(data) {
        this.items = data.items
        this.user = data.user
        this.address = data.address
    }

    price(item) {
        return PRICES[item.sku].amount * item.count
    }

    total() {
        return this.items.reduce((sum, item) => sum + this.price(item), 0)
    }

    currency() {
        return this.items.map((item) => PRICES[item.sku].currency.toUpperCase())[0]
    }

    discount() {
        return RULES.filter((rule) => rule.applies(this)).reduce((sum, rule) => sum + rule.off(this), 0)
    }

    get city() {
        return this.address.lines.at(-1).split(',')[1].trim()
    }

    forEachItem(visit) {
        for (const item of this.items) visit(item)
    }
}

const format = (amount, digits = 2) => amount.toFixed(digits)

const parse = (text) => {
    const data = JSON.parse(text)
    return data
}

const check = (cart) => {
    cart.forEachItem((item) => {
        if (!Number.isInteger(item.count)) throw new RangeError(`count of ${item.sku} is ${item.count}`)
    })
    return cart
}

const label = (cart) => `${cart.user.name.first} in ${cart.city}`

function checkout(data) {
    const cart = check(new Cart(data))
    return { total: format(cart.total() - cart.discount()), currency: cart.currency(), label: label(cart) }
}

function preview(data) {
    const cart = new Cart(data)
    return [label(cart), format(cart.total(), data.digits), cart.currency(), check(cart).discount()]
}

function restore(data) {
    return checkout(parse(data.saved))
}

const quote = async (data) => {
    const cart = check(new Cart(data))
    await null
    return [cart.currency(), format(cart.total(), data.digits), cart.discount(), cart.city]
}

const one = { items: [{ sku: 'tea', count: 1 }], user: { name: { first: 'Jo' }, level: 1 }, address: { lines: ['1, Rome'] } }
const each = (change, ...handlers) => handlers.map((h, i) => {
    const data = { ...one, ...change }
    if (i % 2) data.items = [...one.items, ...data.items]
    return [h, h === 'restore' ? { saved: JSON.stringify(data) } : data]
})

const BUGS = {
    'price-null': each({ items: [{ sku: 'tin', count: 1 }] }, 'checkout', 'preview', 'quote', 'restore'),
    'sku-unknown': each({ items: [{ sku: 'pot', count: 2 }] }, 'checkout', 'preview', 'restore'),
    'no-currency': each({ items: [{ sku: 'cup', count: 1 }] }, 'checkout', 'preview', 'quote', 'restore'),
    'no-user-in-rule': each({ user: undefined }, 'quote', 'checkout'),
    'no-name': each({ user: { level: 3 } }, 'checkout', 'preview', 'restore'),
    'no-address': each({ address: undefined }, 'checkout', 'preview', 'quote'),
    'no-comma': each({ address: { lines: ['Rome'] } }, 'checkout', 'preview', 'quote', 'restore'),
    'count-not-whole': each({ items: [{ sku: 'tea', count: 0.5 }] }, 'checkout', 'preview', 'quote', 'restore'),
    'too-many-digits': each({ digits: 200 }, 'preview', 'quote'),
    'saved-broken': ['{"items":', '', 'undefined'].map((saved) => ['restore', { saved }]),
}

module.exports = { checkout, preview, restore, quote, BUGS }
