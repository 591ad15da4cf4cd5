#include <plait/plait.hpp>

int wait_a_millisecond(); // with header-only Asio, in timer.cpp

int main() {
    return plait::run([] {
        plait::ipc::process p{plait::fn<&wait_a_millisecond>};
        p.start();
        p.join();
        return p.exit_code() == 0 ? wait_a_millisecond() : 1;
    });
}
