#include <boost/asio.hpp>

int wait_a_millisecond() {
    boost::asio::io_context context;
    boost::asio::steady_timer timer(context, std::chrono::milliseconds(1));
    timer.async_wait([](boost::system::error_code ec) { ec ? throw boost::system::system_error(ec) : void(); });
    return context.run() == 1 ? 0 : 2;
}
