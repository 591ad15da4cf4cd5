// Copyright 2026 the plait authors. Boost Software License 1.0
#pragma once
//
// Requests as raw bytes, where the rule stands, and what a strict server makes of them. Expected is one word or more:
// each request that was accepted as `METHOD target [body]`, the body only if the framing announces one; then
//   400 …    the status of the refusal, after which nothing is read any more
//   close    the last request ends the connection
//   more     more bytes of the last request are needed

#include <string_view>

namespace plait::test {

using namespace std::string_view_literals;

struct raw_request {
    std::string_view name;
    std::string_view rule; ///< 9110 and 9112 are RFCs
    std::string_view bytes;
    std::string_view expected;
};

// clang-format off
inline constexpr raw_request raw_requests[] = {
    // What must work.
    {"a plain GET", "9112 3", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET /"},
    {"no fields at all in 1.0", "9112 3", "GET / HTTP/1.0\r\n\r\n"sv, "GET / close"},
    {"1.0 that keeps alive", "9112 9.3", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"sv, "GET /"},
    {"1.1 that closes", "9112 9.3", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"sv, "GET / close"},
    {"close among other options", "9110 7.6.1", "GET / HTTP/1.1\r\nHost: a\r\nConnection: te, ClOsE\r\n\r\n"sv, "GET / close"},
    {"one empty line before", "9112 2.2", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET /"},
    {"blanks around a value", "9112 5", "GET / HTTP/1.1\r\nHost: \t a \t \r\n\r\n"sv, "GET /"},
    {"an empty value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"sv, "GET /"},
    {"obs-text in a value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xa9\r\n\r\n"sv, "GET /"},
    {"an absolute target", "9112 3.2.2", "GET http://a:80/x HTTP/1.1\r\nHost: b\r\n\r\n"sv, "GET http://a:80/x"},
    {"OPTIONS *", "9112 3.2.4", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"sv, "OPTIONS *"},
    {"an empty Host", "9112 3.2", "GET / HTTP/1.1\r\nHost:\r\n\r\n"sv, "GET /"},
    {"an IPv6 Host with a port", "9110 7.2", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"sv, "GET /"},
    {"HEAD", "9110 9.3.2", "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n"sv, "HEAD /x"},
    {"a body with a length", "9112 6.2", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"sv, "POST / [hello]"},
    {"a length with zeros in front", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0002\r\n\r\nhi"sv, "POST / [hi]"},
    {"a body of no bytes", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"sv, "POST /"},
    {"GET with a body", "9110 9.3.1", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"sv, "GET / [hi]"},
    {"NUL in a body", "9110 6.4", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\0b"sv, "POST / [a\0b]"sv},
    {"chunks", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n1\r\no\r\n0\r\n\r\n"sv, "POST / [hello]"},
    {"Chunked in capitals", "9112 7", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"sv, "POST / []"},
    {"chunk sizes in both cases, zeros in front", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n00a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n"sv, "POST / [01234567890123456789]"},
    {"a chunk extension", "9112 7.1.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2 ; a=\"b;c\"\r\nhi\r\n0;last\r\n\r\n"sv, "POST / [hi]"},
    {"a trailer, which is dropped", "9112 7.1.2", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n"sv, "POST / []"},
    {"two requests in one segment", "9112 9.3.2", "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET /1 GET /2"},
    {"a request after a body", "9112 9.3.2", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhiGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "POST / [hi] GET /2"},
    {"a request after chunks", "9112 9.3.2", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "POST / [x] GET /2"},
    {"nothing is read after a close", "9112 9.6", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\n"sv, "GET / close"},
    {"100-continue", "9110 10.1.1", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi"sv, "PUT / continue [hi]"},
    {"100-continue without a body", "9110 10.1.1", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n"sv, "PUT /"},
    {"an expectation in 1.0 is ignored", "9110 10.1.1", "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"sv, "PUT / [hi] close"},
    {"a target with a query", "9110 4.1", "GET /a?b=c&d HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET /a?b=c&d"},
    {"a version inside the target", "9112 3", "GET /HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET /HTTP/1.1"},
    {"an absolute target with TLS", "9112 3.2.2", "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET https://a/"},
    {"an empty port", "9110 7.2", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n"sv, "GET /"},
    {"close in a second Connection", "9110 7.6.1", "GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nConnection: close\r\n\r\n"sv, "GET / close"},
    {"keep-alive and close", "9112 9.3", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"sv, "GET / close"},
    {"an upgrade, which is not taken", "9110 7.8", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"sv, "GET /"},
    {"1.0 that keeps alive, with a body", "9112 9.3", "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhiGET /2 HTTP/1.0\r\n\r\n"sv, "POST / [hi] GET /2 close"},
    {"HEAD with a body", "9110 9.3.2", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"sv, "HEAD / [hi]"},
    {"a coding by another name is a field like any other", "9110 5.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi"sv, "POST / [hi]"},
    {"a quote in a quoted chunk extension", "9112 7.1.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;a=\"\\\"\"\r\nhi\r\n0\r\n\r\n"sv, "POST / [hi]"},
    {"a coding in the trailer, which is dropped", "9110 6.5.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"sv, "POST / [x]"},

    // Not over yet.
    {"nothing", "9112 2", ""sv, ""},
    {"half a head", "9112 2", "GET / HTTP/1.1\r\nHost: a\r\n"sv, "more"},
    {"half a body", "9112 6.2", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"sv, "more"},
    {"chunks without an end", "9112 8", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"sv, "more"},

    // The request line.
    {"a TLS greeting", "9112 3", "\x16\x03\x01\x02\x00\x01"sv, "400"},
    {"a blank before the method", "9112 3", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"two empty lines before", "9112 2.2", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"two blanks after the method", "9112 3", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a tab after the method", "9112 3", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"two blanks before the version", "9112 3", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a blank in the target", "9112 3", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a blank after the version", "9112 3", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"sv, "400"},
    {"no version: HTTP/0.9", "9112 3", "GET /\r\n\r\n"sv, "400"},
    {"a bare line feed", "9112 2.2", "GET / HTTP/1.1\nHost: a\n\n"sv, "400"},
    {"a version in small letters", "9112 2.3", "GET / http/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a version of two digits", "9112 2.3", "GET / HTTP/1.10\r\nHost: a\r\n\r\n"sv, "400"},
    {"HTTP/2 by prior knowledge", "9110 15.6.6", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv, "505"},
    {"HTTP/1.2", "9110 15.6.6", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"sv, "505"},
    {"HTTP/0.9, spelled out", "9110 15.6.6", "GET / HTTP/0.9\r\nHost: a\r\n\r\n"sv, "505"},
    {"an unknown method", "9110 15.6.2", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "501"},
    {"a method in small letters", "9110 9.1", "get / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "501"},
    {"an endless method", "9112 3", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"sv, "501"},
    {"CONNECT", "9110 9.3.6", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "501"},
    {"TRACE", "9110 9.3.8", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "501"},
    {"a colon in the method", "9112 3", "GE:T / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"NUL in the target", "9112 3", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a raw byte above 127 in the target", "9112 3.2", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a fragment in the target", "9112 3.2", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a target that is no path", "9112 3.2", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"* for a GET", "9112 3.2.4", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"an absolute target without a host", "9110 4.2.1", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"an absolute target with a user", "9110 4.2.4", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"an absolute target of another scheme", "9110 4.2", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"an authority for a GET", "9112 3.2.3", "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a vertical tab after the method", "9112 3", "GET\x0b/ HTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a form feed before the version", "9112 3", "GET /\x0cHTTP/1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a version of three numbers", "9112 2.3", "GET / HTTP/1.1.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"a version without a point", "9112 2.3", "GET / HTTP/11\r\nHost: a\r\n\r\n"sv, "400"},
    {"a version with a zero in front", "9112 2.3", "GET / HTTP/01.1\r\nHost: a\r\n\r\n"sv, "400"},
    {"another protocol's version", "9112 2.3", "OPTIONS * SIP/2.0\r\nHost: a\r\n\r\n"sv, "400"},
    {"an SSH greeting", "9112 3", "SSH-2.0-x\r\n"sv, "400"},
    {"an SMTP greeting", "9112 3", "EHLO a\r\n"sv, "400"},
    {"a status line", "9112 3", "HTTP/1.1 200 OK\r\n\r\n"sv, "400"},

    // Lines and fields.
    {"a folded field", "9112 5.2", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"sv, "400"},
    {"a folded field with a tab", "9112 5.2", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n"sv, "400"},
    {"a blank before the first field", "9112 2.2", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"sv, "400"},
    {"a blank before the colon", "9112 5.1", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"sv, "400"},
    {"a tab before the colon", "9112 5.1", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"sv, "400"},
    {"no colon", "9112 5", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"sv, "400"},
    {"no name", "9112 5", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"sv, "400"},
    {"a bracket in a name", "9110 5.6.2", "GET / HTTP/1.1\r\nHost: a\r\nX(): y\r\n\r\n"sv, "400"},
    {"NUL in a value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"sv, "400"},
    {"a bell in a value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX: \x07\r\n\r\n"sv, "400"},
    {"a bare carriage return in a value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"sv, "400"},
    {"a bare line feed after a field", "9112 2.2", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"sv, "400"},
    {"a bare line feed at the end", "9112 2.2", "GET / HTTP/1.1\r\nHost: a\r\n\n"sv, "400"},
    {"a carriage return too many at the end", "9112 2.2", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n"sv, "400"},
    {"a byte above 127 in a name", "9110 5.1", "GET / HTTP/1.1\r\nHost: a\r\n\xc3\xa9: x\r\n\r\n"sv, "400"},
    {"DEL in a value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n"sv, "400"},
    {"an escape in a value", "9110 5.5", "GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[2J\r\n\r\n"sv, "400"},
    {"NUL in a name", "9110 5.1", "GET / HTTP/1.1\r\nHost: a\r\nX\0: y\r\n\r\n"sv, "400"},
    {"a folded Host", "9112 5.2", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n"sv, "400"},

    // Host.
    {"1.1 without Host", "9112 3.2", "GET / HTTP/1.1\r\n\r\n"sv, "400"},
    {"two Hosts", "9112 3.2", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"sv, "400"},
    {"two equal Hosts", "9112 3.2", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"sv, "400"},
    {"two Hosts in 1.0", "9112 3.2", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"sv, "400"},
    {"a Host with a path", "9110 7.2", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"sv, "400"},
    {"a Host with a user", "9110 7.2", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"sv, "400"},
    {"a Host with a blank", "9110 7.2", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"sv, "400"},
    {"a Host with a port that is no number", "9110 7.2", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"sv, "400"},
    {"a Host with port 65536", "9110 7.2", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"sv, "400"},
    {"a Host that is a port alone", "9110 7.2", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"sv, "400"},
    {"a list of Hosts", "9110 7.2", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"sv, "400"},
    {"an IPv6 Host without brackets", "9110 7.2", "GET / HTTP/1.1\r\nHost: fe80::1\r\n\r\n"sv, "400"},
    {"a byte above 127 in Host", "9110 7.2", "GET / HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n"sv, "400"},
    {"a bracket behind a Host", "9110 7.2", "GET / HTTP/1.1\r\nHost: a]\r\n\r\n"sv, "400"},
    {"an IPv6 Host that does not end", "9110 7.2", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"sv, "400"},
    {"a broken percent-encoding in Host", "9110 7.2", "GET / HTTP/1.1\r\nHost: a%2\r\n\r\n"sv, "400"},

    // The length of the body: what request smuggling is made of.
    {"Transfer-Encoding and Content-Length", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"sv, "400"},
    {"Content-Length and Transfer-Encoding", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"Transfer-Encoding in 1.0", "9112 6.1", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"another coding alone", "9112 6.3", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"sv, "400"},
    {"another coding and a length", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"sv, "400"},
    {"another coding, then chunked", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"sv, "501"},
    {"chunked, then another coding", "9112 6.3", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"sv, "400"},
    {"chunked twice", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"chunked in two fields", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"identity", "9112 7", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"sv, "400"},
    {"chunked with a parameter", "9112 7", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"sv, "400"},
    {"chunked in quotes", "9112 7", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"sv, "400"},
    {"chunked after a vertical tab", "9112 7", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b" "chunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"xchunked", "9112 7", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"an empty Transfer-Encoding", "9112 6.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n"sv, "400"},
    {"a Transfer-Encoding with a blank before its colon", "9112 5.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"sv, "400"},
    {"two lengths that differ", "9112 6.3", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!"sv, "400"},
    {"two equal lengths", "9112 6.3", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi"sv, "400"},
    {"a list of lengths", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2, 2\r\n\r\nhi"sv, "400"},
    {"a length with a plus", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +2\r\n\r\nhi"sv, "400"},
    {"a negative length", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -2\r\n\r\nhi"sv, "400"},
    {"a hexadecimal length", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x2\r\n\r\nhi"sv, "400"},
    {"a length with a blank inside", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1 0\r\n\r\nhi"sv, "400"},
    {"an empty length", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"sv, "400"},
    {"a length with a point", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2.0\r\n\r\nhi"sv, "400"},
    {"a length with an exponent", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e1\r\n\r\nhi"sv, "400"},
    {"a length after a vertical tab", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \x0b" "2\r\n\r\nhi"sv, "400"},
    {"a length with a blank before its colon", "9112 5.1", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 2\r\n\r\nhi"sv, "400"},
    {"a length beyond 64 bits", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551618\r\n\r\nhi"sv, "400"},
    {"a body larger than the limit", "9110 15.5.14", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n"sv, "413"},

    // Chunks.
    {"a chunk size with a prefix", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a negative chunk size", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"sv, "400"},
    {"no chunk size", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a blank before a chunk size", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 2\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a blank after a chunk size", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a chunk size beyond 64 bits", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000002\r\nhi\r\n0\r\n\r\n"sv, "413"},
    {"a chunk size with an underscore", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\n\r\n"sv, "400"},
    {"an extension without a chunk size", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n;x\r\n\r\n"sv, "400"},
    {"a word after a chunk size", "9112 7.1.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2 x\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"NUL in a chunk extension", "9112 7.1.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;\0\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"NUL in a trailer", "9110 5.5", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: \0\r\n\r\n"sv, "400"},
    {"a blank before a trailer's colon", "9112 5.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : a\r\n\r\n"sv, "400"},
    {"a chunk line that ends with a bare line feed", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a bare line feed in a chunk extension", "9112 7.1.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a bare carriage return in a chunk extension", "9112 7.1.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x\ry\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"a chunk longer than its size", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n"sv, "400"},
    {"chunk data that ends with a bare line feed", "9112 7.1", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\n0\r\n\r\n"sv, "400"},
    {"a folded trailer", "9112 7.1.2", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\r\n b\r\n\r\n"sv, "400"},
    {"a trailer that ends with a bare line feed", "9112 7.1.2", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: a\n\r\n"sv, "400"},
    {"a request hidden after the last chunk", "9112 7.1.2", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET /x HTTP/1.1\r\n\r\n"sv, "400"},
    {"chunks larger than the limit in one", "9110 15.5.14", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"sv, "413"},
    {"chunks larger than the limit in sum", "9110 15.5.14", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n63\r\n"sv, "413"},

    // Expectations.
    {"another expectation", "9110 15.5.18", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\n"sv, "417"},
    {"two expectations", "9110 10.1.1", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\n"sv, "417"},
    {"an expectation and too large a body", "9110 10.1.1", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n"sv, "413"},

    // A refusal ends it.
    {"a good request, then a bad one", "9112 9.3.2", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"sv, "GET / 400"},
    {"a body longer than its length", "9112 6.3", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi!!\r\n"sv, "POST / [hi] 400"},
};
// clang-format on

} // namespace plait::test
