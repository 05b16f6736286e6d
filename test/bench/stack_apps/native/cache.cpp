// A cache with an order of use, a journal and plug-in codecs. Set aside: nothing was tuned on its traces.
#include "ways.hpp"

#include <list>
#include <stdexcept>
#include <unordered_map>

namespace store
{

template <typename K, typename V> class Cache
{
public:
    explicit Cache(size_t room) : room_(room) {}

    V &get(const K &key)
    {
        auto found = index_.find(key);
        if (found == index_.end())
            throw std::out_of_range("key");
        order_.splice(order_.begin(), order_, found->second);
        return order_.front().second;
    }

    void put(const K &key, V value)
    {
        order_.emplace_front(key, value);
        index_[key] = order_.begin();
        if (order_.size() > room_)
            evict();
    }

private:
    void evict()
    {
        index_.erase(order_.back().first);
        order_.pop_back();
    }

    size_t room_;
    std::list<std::pair<K, V>> order_;
    std::unordered_map<K, typename std::list<std::pair<K, V>>::iterator> index_;
};

struct Codec {
    virtual ~Codec() = default;
    virtual int encode(int byte) const = 0;
};
struct Plain : Codec {
    int encode(int byte) const override
    {
        return byte;
    }
};
struct Ratio : Codec {
    int by;
    explicit Ratio(int n) : by(n) {}
    int encode(int byte) const override
    {
        return 255 / (byte - by);
    }
};

static const Codec *codec_for(long n)
{
    static const Plain plain;
    static const Ratio ratio(4);
    return n == 1 ? static_cast<const Codec *>(&plain) : n == 2 ? &ratio : nullptr;
}

struct Entry {
    int id;
    Entry *next;
};

static long journal(const Entry *entry)
{
    volatile long size[4] = {entry->id};
    if (entry->next)
        size[1] = journal(entry->next);
    return size[0] + size[1];
}

static long encode(const Data &data)
{
    const Codec *codec = codec_for(data.n);
    long sum = 0;
    for (int byte : data.bytes)
        sum += codec->encode(byte);
    return sum;
}

static long lookup(const Data &data)
{
    Cache<std::string, long> cache(2);
    for (int byte : data.bytes)
        cache.put(std::to_string(byte), byte);
    return cache.get(data.text);
}

static void verify(const Data &data)
{
    if (data.bytes.size() > 4)
        abort();
}

static char *buffer(long n)
{
    static char small[16];
    return n == 3 ? nullptr : small;
}

static long copy(const Data &data)
{
    char *to = buffer(data.n);
    memcpy(to, data.text.data(), data.text.size() < 16 ? data.text.size() : 16);
    return to[0];
}

static long save(const Data &data)
{
    verify(data);
    return encode(data) + copy(data);
}

static long load(const Data &data)
{
    long sum = data.text.empty() ? 0 : lookup(data) + copy(data);
    verify(data);
    return sum + encode(data);
}

static long compact(const Data &data)
{
    Entry first = {1, nullptr}, second = {2, &first};
    first.next = data.n == 9 ? &first : nullptr;
    return journal(&second) + save(data);
}

} // namespace store

const Bugs &bugs()
{
    using namespace store;
    static const Bugs all = {
        {"no-codec", {{save, {{1}, "1", 4}}, {load, {{1}, "", 7}}, {compact, {{1}, "1", 5}}}},
        {"ratio-of-itself", {{save, {{1, 4}, "1", 2}}, {load, {{4}, "4", 2}}, {compact, {{4}, "1", 2}}}},
        {"evicted", {{load, {{1, 2, 3}, "1", 1}}, {load, {{5, 6, 7, 8}, "6", 1}}}},
        {"too-many", {{save, {{1, 2, 3, 4, 5}, "1", 1}}, {compact, {{1, 2, 3, 4, 5, 6}, "1", 1}}, {load, {{1, 2, 3, 4, 5}, "", 1}}}},
        {"no-buffer", {{load, {{1}, "1", 3}}, {load, {{1, 2}, "2", 3}}}},
        {"journal-loops", {{compact, {{1}, "1", 9}}, {compact, {{1, 2}, "2", 9}}}},
    };
    return all;
}
