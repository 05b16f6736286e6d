// Packets of typed fields.
#include "ways.hpp"

#include <cassert>

namespace wire
{

struct Field {
    int kind;
    std::string name;
    virtual ~Field() = default;
    virtual long value() const
    {
        return kind;
    }
};

struct Text : Field {
    long value() const override
    {
        return std::stol(name);
    }
};

struct Packet {
    std::vector<std::unique_ptr<Field>> fields;
    const Field *find(int kind) const
    {
        for (const auto &field : fields)
            if (field && field->kind == kind)
                return field.get();
        return nullptr;
    }
};

static long rate(long bytes, long seconds)
{
    return bytes / seconds;
}

static size_t length(const Field *field)
{
    return field->name.size();
}

static int checksum(const std::vector<int> &bytes)
{
    int sum = 0;
    for (int b : bytes)
        sum = (sum * 31 + b) & 0xFF;
    assert(sum != 7 && "checksum");
    return sum;
}

static Packet decode(const Data &data)
{
    Packet packet;
    for (size_t i = 0; i < data.bytes.size(); i++) {
        if (data.bytes[i] == 99) {
            packet.fields.push_back(nullptr);
            continue;
        }
        std::unique_ptr<Field> field = data.bytes[i] == 5 ? std::make_unique<Text>() : std::make_unique<Field>();
        field->kind = data.bytes[i];
        field->name = data.text;
        packet.fields.push_back(std::move(field));
    }
    return packet;
}

template <typename T> static T pick(const std::vector<T> &list, size_t at)
{
    return list.at(at);
}

static long sum(const Packet &packet)
{
    long total = 0;
    for (const auto &field : packet.fields)
        total += field->value();
    return total;
}

static long group(const std::vector<int> &bytes, size_t at)
{
    volatile char room[64];
    room[0] = (char)bytes[at % bytes.size()];
    if (room[0] != 3)
        return room[0];
    room[1] = (char)group(bytes, at + 1);
    return room[0] + room[1];
}

static long receive(const Data &data)
{
    Packet packet = decode(data);
    return checksum(data.bytes) + sum(packet) + (long)length(packet.find(1)) + rate(100, data.n);
}

static long inspect(const Data &data)
{
    Packet packet = decode(data);
    long total = group(data.bytes, 0) + pick(data.bytes, 2);
    return total + rate(total, data.n) + (long)length(packet.find(1));
}

static long forward(const Data &data)
{
    std::vector<Data> parts = {data, data};
    long total = 0;
    for (const Data &part : parts)
        total += inspect(part) + receive(part);
    return total;
}

} // namespace wire

const Bugs &bugs()
{
    using namespace wire;
    static const Bugs all = {
        {"no-such-field", {{receive, {{2, 4}, "a", 3}}, {inspect, {{2, 4, 8}, "b", 3}}, {forward, {{2, 4, 8}, "c", 1}}}},
        {"no-seconds", {{receive, {{1, 4}, "a", 0}}, {inspect, {{1, 4, 8}, "b", 0}}, {forward, {{1, 4, 8}, "c", 0}}}},
        {"text-no-number", {{receive, {{1, 5}, "five", 3}}, {forward, {{1, 5, 8}, "v", 1}}}},
        {"too-short", {{inspect, {{1, 4}, "a", 3}}, {forward, {{1}, "b", 3}}}},
        {"field-null", {{receive, {{1, 99}, "a", 3}}, {forward, {{1, 99, 4}, "b", 2}}}},
        {"checksum", {{receive, {{7}, "a", 3}}, {receive, {{0, 7}, "b", 1}}}},
        {"endless-group", {{inspect, {{3, 3, 3}, "a", 3}}, {forward, {{3}, "b", 3}}}},
    };
    return all;
}
