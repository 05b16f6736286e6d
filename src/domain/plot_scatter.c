#include "domain/plot.h"

#include <math.h>

enum { WIDTH = 720, HEIGHT = 480, LEFT = 72, RIGHT = 24, TOP = 64, BOTTOM = 56, TITLE_BYTES = 120, NAMED = 12 };

static const char *const colours[DF_PLOT_KINDS] = {"#c92a2a", "#e8590c", "#4263eb", "#868e96"};

struct axis {
    int decades, from, to; /* pixels */
};

/* From one to the power of ten that holds the most. */
static int decades_of(int64_t most)
{
    int n = 1;
    for (int64_t top = 10; n < 18 && top < most; top *= 10)
        n++;
    return n;
}

/* What is nothing at all stands at the axis, where one does. */
static double at(const struct axis *axis, int64_t n)
{
    double share = n > 1 ? log10((double)n) / axis->decades : 0;
    return axis->from + (axis->to - axis->from) * (share < 1 ? share : 1);
}

static struct df_str power(int decade, struct df_arena *arena)
{
    return decade < 4 ? df_arena_printf(arena, "%d", (int)(pow(10, decade) + 0.5))
                      : df_arena_printf(arena, "1e%d", decade);
}

static void put_grid(struct df_buf *out, const struct axis *x, const struct axis *y)
{
    for (int i = 0; i <= x->decades; i++) {
        double px = x->from + (double)(x->to - x->from) * i / x->decades;
        df_buf_printf(out,
                      "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#e3e6ea\"/>\n"
                      "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.*s</text>\n",
                      px, y->from, px, y->to, px, y->from + 18, DF_FMT(power(i, out->arena)));
    }
    for (int i = 0; i <= y->decades; i++) {
        double py = y->from + (double)(y->to - y->from) * i / y->decades;
        df_buf_printf(out,
                      "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#e3e6ea\"/>\n"
                      "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.*s</text>\n",
                      x->from, py, x->to, py, x->from - 6, py + 4, DF_FMT(power(i, out->arena)));
    }
    df_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">events</text>\n", (x->from + x->to) / 2,
                  HEIGHT - 14);
    df_buf_printf(out, "<text x=\"18\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 18 %d)\">users</text>\n",
                  (y->from + y->to) / 2, (y->from + y->to) / 2);
}

static void put_dot(struct df_buf *out, const struct df_plot_dot *dot, double x, double y, bool named)
{
    df_buf_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\" fill-opacity=\"0.75\"><title>", x, y,
                  colours[dot->kind]);
    df_svg_put_text(out, df_str_head(dot->name, TITLE_BYTES / 2));
    df_buf_put_c(out, " ");
    df_svg_put_text(out, df_str_head(dot->title, TITLE_BYTES));
    df_buf_printf(out, ": %lld events, %lld users</title></circle>\n", (long long)dot->events, (long long)dot->users);
    if (!named)
        return;
    bool left = x > WIDTH - RIGHT - 120;
    df_buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"11\"%s>", left ? x - 8 : x + 8, y + 4,
                  left ? " text-anchor=\"end\"" : "");
    df_svg_put_text(out, df_str_head(dot->name, TITLE_BYTES / 6));
    df_buf_put_c(out, "</text>\n");
}

static void put_dots(struct df_buf *out, const struct df_plot_dot *dots, size_t n, const struct axis *x,
                     const struct axis *y)
{
    for (unsigned kind = DF_PLOT_KINDS; kind-- > 0;)
        for (size_t i = n; i-- > 0;)
            if (dots[i].kind == kind)
                put_dot(out, &dots[i], at(x, dots[i].events), at(y, dots[i].users), i < NAMED);
}

static void put_legend(struct df_buf *out, const char *const kinds[DF_PLOT_KINDS])
{
    for (int i = 0; i < DF_PLOT_KINDS; i++)
        df_buf_printf(out, "<circle cx=\"%d\" cy=\"46\" r=\"5\" fill=\"%s\"/><text x=\"%d\" y=\"50\">%s</text>\n",
                      LEFT + 6 + 90 * i, colours[i], LEFT + 16 + 90 * i, kinds[i]);
}

void df_plot_scatter(struct df_buf *out, struct df_str title, const struct df_plot_dot *dots, size_t n,
                     const char *const kinds[DF_PLOT_KINDS])
{
    int64_t events = 1, users = 1;
    for (size_t i = 0; i < n; i++) {
        events = dots[i].events > events ? dots[i].events : events;
        users = dots[i].users > users ? dots[i].users : users;
    }
    const struct axis x = {decades_of(events), LEFT, WIDTH - RIGHT}, y = {decades_of(users), HEIGHT - BOTTOM, TOP};
    df_svg_open(out, WIDTH, HEIGHT, LEFT, title);
    put_grid(out, &x, &y);
    put_legend(out, kinds);
    put_dots(out, dots, n, &x, &y);
    df_buf_put_c(out, "</svg>\n");
}
