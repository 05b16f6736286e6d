/* Events over time, drawn: as a line of characters, and as an SVG picture. What they are drawn of is numbers alone; the
 * picture's title is untrusted text and shown as such, and the picture holds no script, link or reference.
 * Pure functions, any thread. Source: Sentry API, "stats" of an issue: {"24h": [[second, count], ...], "30d": ...}. */
#ifndef DF_DOMAIN_PLOT_H
#define DF_DOMAIN_PLOT_H

#include "base/json.h"

struct df_point {
    int64_t time_s; /* where the hour or day begins */
    int64_t count;
};

struct df_points {
    const struct df_point *items; /* ascending */
    size_t n;
};

/* The last `limit` pairs of a list; what is no pair of numbers is left out, a negative count is 0. */
struct df_points df_points_parse(const struct df_json *v, size_t limit, struct df_arena *arena);
/* The last `limit` values of the first series of an answer of Sentry's events-timeseries: {"timeSeries": [{"values": [{"timestamp":
 * milliseconds, "value": count}]}]}; read as tolerantly. */
struct df_points df_points_parse_series(const struct df_json *v, size_t limit, struct df_arena *arena);
/* [[second, count], ...], or null when there are none. */
void df_points_put_json(struct df_json_writer *w, const char *key, const struct df_points *points);

int64_t df_points_sum(const struct df_points *points);
int64_t df_points_most(const struct df_points *points);

/* One character a point, as high as its share of the most; a point of no events is the lowest. ASCII without utf8. */
void df_plot_line(struct df_buf *out, const struct df_points *points, bool utf8);

/* A picture of both, 720 wide; a panel without points says so. fortnight: 14 days, by the day or, where they are closer, by
 * the hour. */
void df_plot_svg(struct df_buf *out, struct df_str title, const struct df_points *hours,
                 const struct df_points *fortnight);

/* One issue in a picture of frequency against users. */
struct df_plot_dot {
    int64_t events, users;
    struct df_str name, title; /* untrusted */
    unsigned kind;             /* 0 to DF_PLOT_KINDS - 1: its colour, by what is most urgent first */
};
enum { DF_PLOT_KINDS = 4 };
/* Dots over two axes of magnitudes, 720 wide, the first kinds on top; a pointer that rests on a dot says what it is. kinds: their names,
 * for the legend. */
void df_plot_scatter(struct df_buf *out, struct df_str title, const struct df_plot_dot *dots, size_t n,
                     const char *const kinds[DF_PLOT_KINDS]);

/* Begins a picture of that size: white, its title above, from `left` on. What follows ends with "</svg>". */
void df_svg_open(struct df_buf *out, int width, int height, int left, struct df_str title);
/* Text of an element (XML 1.0): markup escaped, what XML forbids or readers cannot see replaced. */
void df_svg_put_text(struct df_buf *out, struct df_str text);

#endif
