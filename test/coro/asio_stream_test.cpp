// Copyright 2026 the plait authors. Boost Software License 1.0
#include "support/connection.hpp"

#include <plait/coro/asio_stream.hpp>
#include <plait/coro/open_connection.hpp>
#include <plait/coro/run.hpp>
#include <plait/coro/start_server.hpp>
#include <plait/runtime/await.hpp>
#include <plait/runtime/loop.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace plait;

BOOST_AUTO_TEST_SUITE(asio_stream_suite)

BOOST_AUTO_TEST_CASE(a_connection_changes_sides_between_two_operations) {
    run([] {
        server s = start_server("127.0.0.1", 0, [](stream& c) {
            for (const std::string& line : c.lines())
                c.write_all({line, "\n", line, "\n"});
        });
        using boost::asio::ip::tcp;
        boost::asio::io_context& context = loop::current()->context();
        tcp::socket socket(context);
        socket.async_connect({boost::asio::ip::address_v4::loopback(), s.port()}, await);
        boost::asio::async_write(socket, boost::asio::buffer("by Asio\n", 8), await);

        stream ours = from_asio(std::move(socket));
        BOOST_TEST(!socket.is_open());
        BOOST_TEST(ours.read_line().value() == "by Asio");
        BOOST_TEST(ours.read_line().value() == "by Asio");
        ours.write("ours\n");
        BOOST_TEST(ours.read_line().value() == "ours");

        std::string unread;
        tcp::socket back = to_asio<tcp::socket>(std::move(ours), context, &unread);
        if (unread.empty()) { // it may have come in two pieces
            unread.resize(5);
            boost::asio::async_read(back, boost::asio::buffer(unread), await);
        }
        BOOST_TEST(unread == "ours\n");
        boost::asio::async_write(back, boost::asio::buffer("again\n", 6), await);
        std::string answer(12, '\0');
        boost::asio::async_read(back, boost::asio::buffer(answer), await);
        BOOST_TEST(answer == "again\nagain\n");
    });
}

BOOST_AUTO_TEST_CASE(a_unix_connection_changes_sides_too) {
    run([] {
        test::connection c;
        using protocol = boost::asio::local::stream_protocol;
        protocol::socket theirs = to_asio<protocol::socket>(std::move(c.near), loop::current()->context());
        boost::asio::async_write(theirs, boost::asio::buffer("hello\n", 6), await);
        BOOST_TEST(c.far.read_line().value() == "hello");
    });
}

BOOST_AUTO_TEST_SUITE_END()
