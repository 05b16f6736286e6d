// The ways by which work reaches the applications beside this file, and what writes a crash's stack: a line "MODULE OFFSET
// SYMBOL" a frame, innermost first, on standard output.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <execinfo.h>
#include <functional>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

struct Data {
    std::vector<int> bytes;
    std::string text;
    long n = 0;
};

using Handler = long (*)(const Data &);

// A handler of signals needs a stack of its own where the thread's is used up.
inline void lend_stack()
{
    enum { BYTES = 1 << 18 };
    static thread_local char room[BYTES];
    stack_t own = {};
    own.ss_sp = room;
    own.ss_size = BYTES;
    sigaltstack(&own, nullptr);
}

namespace ways
{

inline long direct(Handler handler, const Data &data)
{
    return handler(data);
}

inline long threaded(Handler handler, const Data &data)
{
    long result = 0;
    std::thread([&] {
        lend_stack();
        result = handler(data);
    }).join();
    return result;
}

inline long promised(Handler handler, const Data &data)
{
    return std::async(std::launch::async,
                      [&] {
                          lend_stack();
                          return handler(data);
                      })
        .get();
}

inline long called_back(Handler handler, const Data &data)
{
    std::function<long(const Data &)> call = [handler](const Data &d) { return handler(d) + 1; };
    return call(data);
}

struct Node {
    std::vector<Node> children;
    long visit(Handler handler, const Data &data) const
    {
        long sum = 0;
        for (const Node &child : children)
            sum += child.visit(handler, data);
        return children.empty() ? handler(data) : sum;
    }
};

inline Node chain(int depth)
{
    Node node;
    if (depth > 0)
        node.children.push_back(chain(depth - 1));
    return node;
}

inline long nested(Handler handler, const Data &data)
{
    return chain(3).visit(handler, data);
}

inline long deeply(Handler handler, const Data &data)
{
    return chain(60).visit(handler, data);
}

template <typename T> struct Job {
    T data;
    Handler handler;
    Job(T d, Handler h) : data(std::move(d)), handler(h) {}
    virtual ~Job() = default;
    virtual long run()
    {
        return handler(data);
    }
};

template <typename T> struct CountedJob : Job<T> {
    int runs = 0;
    using Job<T>::Job;
    long run() override
    {
        runs++;
        return Job<T>::run();
    }
};

inline long queued(Handler handler, const Data &data)
{
    std::vector<std::unique_ptr<Job<Data>>> jobs;
    jobs.push_back(std::make_unique<CountedJob<Data>>(data, handler));
    return jobs.front()->run();
}

struct Way {
    const char *name;
    long (*run)(Handler, const Data &);
};
const Way all[] = {{"direct", direct}, {"threaded", threaded}, {"promised", promised}, {"called_back", called_back},
                   {"nested", nested}, {"deeply", deeply},     {"queued", queued}};

} // namespace ways

struct Call {
    Handler handler;
    Data data;
};
using Bugs = std::map<std::string, std::vector<Call>>;
const Bugs &bugs();

static void write_stack(int signal)
{
    enum { MOST = 400, OWN = 2 };
    void *at[MOST];
    int n = backtrace(at, MOST);
    printf("%s\n", signal == SIGSEGV ? "SIGSEGV" : signal == SIGFPE ? "SIGFPE" : "SIGABRT");
    for (int i = OWN; i < n; i++) {
        Dl_info info;
        if (dladdr(at[i], &info))
            printf("%s %lx %s\n", info.dli_fname, (unsigned long)((char *)at[i] - (char *)info.dli_fbase), info.dli_sname ? info.dli_sname : "?");
    }
    fflush(stdout);
    _exit(0);
}

static void catch_crashes()
{
    lend_stack();
    struct sigaction action = {};
    action.sa_handler = write_stack;
    action.sa_flags = SA_ONSTACK;
    for (int signal : {SIGSEGV, SIGFPE, SIGABRT})
        sigaction(signal, &action, nullptr);
    void *warm[4];
    backtrace(warm, 4); // loads what it needs before it is needed in a handler
}

// NAME...: the bugs' names, when asked for none; else BUG CALL WAY
int main(int argc, char **argv)
{
    if (argc < 4) {
        for (const auto &bug : bugs())
            printf("%s %zu %zu\n", bug.first.c_str(), bug.second.size(), std::size(ways::all));
        return 0;
    }
    catch_crashes();
    const Call &call = bugs().at(argv[1]).at((size_t)atoi(argv[2]));
    long result = ways::all[atoi(argv[3])].run(call.handler, call.data);
    fprintf(stderr, "%s by %s did not crash: %ld\n", argv[1], ways::all[atoi(argv[3])].name, result);
    return 1;
}
