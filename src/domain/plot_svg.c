#include "domain/plot.h"

#include "base/time.h"

enum { WIDTH = 720, LEFT = 56, RIGHT = 16, PANEL = 150, TOP = 60, PLOT = 104, GAP = 2, TITLE_BYTES = 120 };

void df_svg_put_text(struct df_buf *out, struct df_str text)
{
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        size_t len = c < 0x80 ? 1 : df_utf8_len(text.p + i, text.n - i);
        unsigned cp = len > 1 ? df_utf8_decode(text.p + i, len) : c;
        if (c == '&')
            df_buf_put_c(out, "&amp;");
        else if (c == '<')
            df_buf_put_c(out, "&lt;");
        else if (c == '>')
            df_buf_put_c(out, "&gt;");
        else if (len == 0 || c < 0x20 || cp == 0x7F || (cp >= 0x80 && cp < 0xA0) || (cp >= 0x200B && cp <= 0x200F) ||
                 (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF || cp >= 0xFFFE)
            df_buf_put_c(out, "\u00B7");
        else
            df_buf_put(out, text.p + i, len);
        i += len ? len : 1;
    }
}

void df_svg_open(struct df_buf *out, int width, int height, int left, struct df_str title)
{
    df_buf_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" role=\"img\" "
        "font-family=\"sans-serif\" font-size=\"12\" fill=\"#343a40\">\n<title>",
        width, height, width, height);
    df_svg_put_text(out, df_str_head(title, TITLE_BYTES));
    df_buf_printf(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height);
    df_buf_printf(out, "<text x=\"%d\" y=\"26\" font-size=\"15\" font-weight=\"bold\">", left);
    df_svg_put_text(out, df_str_head(title, TITLE_BYTES / 2));
    df_buf_put_c(out, title.n > TITLE_BYTES / 2 ? "\u2026</text>\n" : "</text>\n");
}

struct panel {
    const char *title, *unit;
    const struct df_points *points;
    int top;
    size_t every; /* how many bars a label */
    bool hours, days;
};

/* "14:00" of an hour, "11-28" of a day, "11-28T14:00" of an hour of many days, UTC. */
static struct df_str label_of(bool days, bool hours, int64_t s, struct df_arena *arena)
{
    struct df_str text = s > 0 && s < 253402300800 ? df_time_format_ms(s * 1000, arena) : DF_STR_NONE;
    return text.n < 16 ? DF_STR_NONE : df_str_n(text.p + (days ? 5 : 11), days && hours ? 11 : 5);
}

static void put_axis(struct df_buf *out, const struct panel *p, int64_t most)
{
    int bottom = p->top + PLOT;
    for (int half = 0; half <= 2; half++) {
        int y = bottom - PLOT * half / 2;
        df_buf_printf(out, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"%s\"/>\n", LEFT, y, WIDTH - RIGHT, y,
                      half ? "#e3e6ea" : "#868e96");
        if (half == 1 && most % 2)
            continue;
        df_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%lld</text>\n", LEFT - 6, y + 4,
                      (long long)(half == 2   ? most
                                  : half == 1 ? most / 2
                                              : 0));
    }
}

static void put_bars(struct df_buf *out, const struct panel *p, int64_t most)
{
    double step = (double)(WIDTH - LEFT - RIGHT) / (double)p->points->n;
    for (size_t i = 0; i < p->points->n; i++) {
        int64_t count = p->points->items[i].count;
        double height = (double)count / (double)most * PLOT, x = LEFT + step * (double)i;
        int64_t time_s = p->points->items[i].time_s;
        struct df_str label = label_of(p->days, p->hours, time_s, out->arena);
        height = count && height < 1.5 ? 1.5 : height;
        if (count)
            df_buf_printf(
                out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#4263eb\"><title>%.*s: %lld"
                "</title></rect>\n",
                x + GAP / 2.0, p->top + PLOT - height, step > 2 * GAP ? step - GAP : step, height, DF_FMT(label),
                (long long)count);
        if (i % p->every == 0)
            df_buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.*s</text>\n", x + step / 2,
                          p->top + PLOT + 16, DF_FMT(label_of(p->days, !p->days, time_s, out->arena)));
    }
}

static void put_panel(struct df_buf *out, const struct panel *p)
{
    int64_t most = df_points_most(p->points);
    df_buf_printf(out, "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>\n", LEFT, p->top - 10, p->title);
    if (p->points->n == 0) {
        df_buf_printf(out, "<text x=\"%d\" y=\"%d\">Sentry gave no counts.</text>\n", LEFT, p->top + PLOT / 2);
        return;
    }
    df_buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%lld in all, at most %lld %s (UTC)</text>\n",
                  WIDTH - RIGHT, p->top - 10, (long long)df_points_sum(p->points), (long long)most, p->unit);
    most = most > 0 ? most : 1;
    put_axis(out, p, most);
    put_bars(out, p, most);
}

static struct panel panel_of_fortnight(const struct df_points *points)
{
    const int top = TOP + PANEL + 10;
    bool hourly = points->n > 1 && points->items[1].time_s - points->items[0].time_s < 86400;
    if (hourly)
        return (struct panel){"Events an hour, last 14 days", "in an hour", points, top, 48, true, true};
    return (struct panel){"Events a day, last 14 days", "in a day", points, top, 2, false, true};
}

void df_plot_svg(struct df_buf *out, struct df_str title, const struct df_points *hours,
                 const struct df_points *fortnight)
{
    const struct panel panels[] = {{"Events an hour, last 24 hours", "in an hour", hours, TOP, 4, true, false},
                                   panel_of_fortnight(fortnight)};
    df_svg_open(out, WIDTH, TOP + 2 * PANEL + 4, LEFT, title);
    for (size_t i = 0; i < sizeof panels / sizeof *panels; i++)
        put_panel(out, &panels[i]);
    df_buf_put_c(out, "</svg>\n");
}
