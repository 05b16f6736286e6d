// A scene's shapes: visitors, lambdas, maps, variants.
#include "ways.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <variant>

namespace
{

struct Circle {
    long radius;
};
struct Box {
    long width, height;
};
using Shape = std::variant<Circle, Box>;

struct Style {
    std::string name;
    Style *parent = nullptr;
    const std::string &color() const
    {
        return name.empty() ? parent->color() : name;
    }
};

struct Area {
    long operator()(const Circle &c) const
    {
        return 3 * c.radius * c.radius;
    }
    long operator()(const Box &b) const
    {
        return b.width * b.height;
    }
};

class Scene
{
public:
    explicit Scene(const Data &data)
    {
        for (int b : data.bytes)
            shapes_.push_back(b % 2 ? Shape(Circle{b}) : Shape(Box{b, 2}));
        styles_["base"] = {"red"};
        styles_["line"] = {data.text.empty() ? "" : "blue"};
    }

    long area() const
    {
        return std::accumulate(shapes_.begin(), shapes_.end(), 0L, [](long sum, const Shape &s) { return sum + std::visit(Area{}, s); });
    }

    long density(long n) const
    {
        return area() / (n - (long)shapes_.size());
    }

    const Style &style(const std::string &name) const
    {
        return styles_.at(name);
    }

    long first_radius() const
    {
        return std::get<Circle>(shapes_.at(0)).radius;
    }

    void each(const std::function<void(const Shape &)> &visit) const
    {
        for (const Shape &shape : shapes_)
            visit(shape);
    }

private:
    std::vector<Shape> shapes_;
    std::map<std::string, Style> styles_;
};

long largest(const Scene &scene)
{
    std::optional<long> most;
    scene.each([&](const Shape &s) { most = std::max(most.value_or(0), std::visit(Area{}, s)); });
    return most.value();
}

long paint(const Scene &scene, const std::string &style)
{
    return (long)scene.style(style).color().size();
}

long crop(const std::string &text, long n)
{
    return (long)text.substr((size_t)n, 2).size();
}

__attribute__((noinline)) long draw(const Data &data)
{
    Scene scene(data);
    return largest(scene) + paint(scene, "line") + scene.density(data.n) + crop(data.text, data.n);
}

__attribute__((noinline)) long measure(const Data &data)
{
    Scene scene(data);
    return scene.density(data.n) + scene.first_radius() + largest(scene);
}

__attribute__((noinline)) long print(const Data &data)
{
    Scene scene(data);
    std::vector<std::string> styles = {"base", data.n > 90 ? "grid" : "line"};
    long width = 0;
    for (const std::string &style : styles)
        width += paint(scene, style);
    return width + crop(data.text, data.n) + measure(data);
}

} // namespace

const Bugs &bugs()
{
    static const Bugs all = {
        {"nothing-drawn", {{draw, {{}, "ab", 1}}, {measure, {{}, "ab", 1}}}},
        {"style-without-parent", {{draw, {{1, 2}, "", 0}}, {print, {{1, 2}, "", 0}}}},
        {"as-many-as-shapes", {{draw, {{1, 2}, "abc", 2}}, {measure, {{1, 2, 3}, "abc", 3}}, {print, {{3}, "abc", 1}}}},
        {"box-first", {{measure, {{2, 1}, "ab", 0}}, {print, {{2}, "ab", 0}}}},
        {"crop-too-far", {{draw, {{1, 2}, "a", 7}}, {print, {{1, 2}, "ab", 8}}}},
        {"no-such-style", {{print, {{1}, "ab", 91}}, {print, {{1, 2, 3}, "b", 95}}}},
    };
    return all;
}
